import { resolve } from 'node:path';
import { AdminError, askAdmin, NotRunningError } from './admin/admin-socket.driver.ts';
import { type ClusterLayout, clusterLayout } from './cluster-plan/cluster-layout.ts';
import { type Command, HELP, parseCommandLine, UsageError } from './command-line/command-line.ts';
import { statusTable } from './commands/status-table.ts';
import type { UnitStatus } from './launcher/unit.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Each command loads only what it needs: `orrery status` answers at once. */
async function execute(command: Command): Promise<void> {
  switch (command.name) {
    case 'help':
      return say(HELP.trimEnd());
    case 'version':
      return say(`orrery ${(await import('@orrery/service')).ORRERY_VERSION}`);
    case 'up':
      return (await import('./commands/up-command.driver.ts')).up(resolve(command.data), command.options, say);
    case 'run': {
      const { containers, ...options } = command.options;
      if (containers === 'auto') throw new UsageError('orrery run needs --containers runc or simulated');
      const { runCluster } = await import('./commands/run-command.driver.ts');
      return runCluster(resolve(command.data), { ...options, containers });
    }
    case 'down':
      return (await import('./commands/down-command.driver.ts')).down(resolve(command.data), say);
    case 'status': {
      const units = await askAdmin<UnitStatus[]>(layoutOf(command).adminSocket, '/status');
      return say(command.json ? JSON.stringify(units, undefined, 2) : statusTable(units));
    }
    case 'stop':
    case 'start':
    case 'kill':
      await askAdmin(layoutOf(command).adminSocket, `/${command.name}/${encodeURIComponent(command.instance)}`);
      return;
    case 'image build': {
      const { imageBuild } = await import('./commands/image-command.driver.ts');
      return imageBuild(resolve(command.data), command.reference, command.binary, say);
    }
    case 'image load': {
      const { imageLoad } = await import('./commands/image-command.driver.ts');
      return imageLoad(resolve(command.data), command.archive, say);
    }
    case 'storage backup': {
      const { storageBackup } = await import('./commands/storage-command.driver.ts');
      return storageBackup(layoutOf(command), command.file, say);
    }
    case 'storage restore': {
      const { storageRestore } = await import('./commands/storage-command.driver.ts');
      return storageRestore(resolve(command.data), command.file, command.options, say);
    }
    case 'storage snapshot-status': {
      const { storageSnapshotStatus } = await import('./commands/storage-command.driver.ts');
      return storageSnapshotStatus(command.file, command, say);
    }
    default:
      return command satisfies never;
  }
}

function layoutOf({ data }: { readonly data: string }): ClusterLayout {
  return clusterLayout(resolve(data));
}

/** What a person can do something about is told in one line; anything else is a bug and shows where. */
function explain(error: unknown): string {
  const expected = error instanceof UsageError || error instanceof AdminError || error instanceof NotRunningError;
  if (expected) return error.message;
  if (error instanceof Error)
    return error.name === 'Error' || error.name === 'TypeError' ? (error.stack ?? error.message) : error.message;
  return String(error);
}

try {
  await execute(parseCommandLine(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`orrery: ${explain(error)}\n`);
  process.exit(error instanceof UsageError ? 2 : 1);
}
