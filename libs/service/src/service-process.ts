import { NatsBus, Subjects } from '@orrery/bus';
import { createLogger, FileDisk, type Host, systemHost } from '@orrery/runtime';
import { startService } from './running-service.ts';
import type { Service } from './service.ts';
import { ORRERY_VERSION } from './version.ts';

/** The configuration file of a service that runs as a process of its own. */
export interface ServiceFile<Settings> {
  /** First token of all subjects. */
  readonly cluster: string;
  readonly instance: string;
  readonly bus: { readonly servers: readonly string[]; readonly user: string; readonly password: string };
  /** The service's own folder, absolute. */
  readonly folder: string;
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error';
  /** The service's own part, as plain data. */
  readonly settings: Settings;
}

/** A service as it stands in a configuration file: `configure` turns plain data into the live objects that the service takes. */
export interface ServiceProcess<Settings, Config> {
  readonly service: Service<Config>;
  configure(settings: Settings, host: Host): Config | Promise<Config>;
}

/**
 * Runs a service as this process, until SIGTERM or SIGINT. The one argument is the path of a `ServiceFile` as JSON. Exits with 0 after a clean
 * stop, 1 when the service could not start or broke an invariant, 2 when the configuration cannot be read.
 */
export async function runService<Settings, Config>(definition: ServiceProcess<Settings, Config>): Promise<void> {
  const file = await readServiceFile<Settings>(process.argv[2]);
  const logger = createLogger({ level: file.logLevel ?? 'info' });
  const host = systemHost({ dataFolder: file.folder, logger });
  process.on('uncaughtException', (error) => {
    logger.error('service crashed', { error });
    process.exit(1);
  });

  const { timers, clock, ids, random } = host;
  const bus = await NatsBus.connect({ ...file.bus, timers, clock, ids, random, logger });
  const config = await definition.configure(file.settings, host);
  const context = { host, bus, subjects: new Subjects(file.cluster), instance: file.instance };
  const running = await startService(definition.service, config, context, {
    processId: process.pid,
    version: ORRERY_VERSION,
  });

  const stop = async (): Promise<void> => {
    await running.stop();
    await bus.close();
    process.exit(0);
  };
  process.once('SIGTERM', () => void stop());
  process.once('SIGINT', () => void stop());
  process.send?.('ready');
}

async function readServiceFile<Settings>(path: string | undefined): Promise<ServiceFile<Settings>> {
  if (path === undefined) return refuse('usage: main.js <configuration file>');
  const content = await new FileDisk('').readFile(path);
  if (!content) return refuse(`there is no configuration file ${path}`);
  let file: ServiceFile<Settings>;
  try {
    file = JSON.parse(Buffer.from(content).toString('utf8')) as ServiceFile<Settings>;
  } catch (error) {
    return refuse(`${path} is not JSON: ${String(error)}`);
  }
  for (const field of ['cluster', 'instance', 'bus', 'folder', 'settings'] as const) {
    if (file[field] === undefined) return refuse(`${path}: field ${field} is missing`);
  }
  return file;
}

function refuse(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
