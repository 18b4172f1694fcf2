import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { freePort } from '@orrery/testing';
import { type Outcome, repository, run, succeeded } from '../e2e/orrery-command.ts';

jest.setTimeout(60_000);

const command = join(repository, 'apps/orrery/bin/orrery.js');
const nobody = 65_534;

/** What `orrery up` says where it cannot do what it was asked: one line a person can act on, and nothing left running. */
describe('orrery up', () => {
  let folder: string;
  let data: string;
  let apiPort: string;

  beforeEach(async () => {
    apiPort = String(await freePort());
    folder = mkdtempSync(join(tmpdir(), 'orrery-bad-input-'));
    data = join(folder, 'data');
  });
  afterEach(async () => {
    const outcome = await orrery(['down']);
    rmSync(folder, { recursive: true, force: true });
    succeeded(outcome);
  });

  const orrery = (args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Outcome> =>
    run(process.execPath, [command, ...args, '--data', data], { env });

  const processes = async (): Promise<string[]> =>
    succeeded(await run('ps', ['-eo', 'args']))
      .split('\n')
      .filter((line) => line.includes(folder));

  describe('on a port that is taken', () => {
    let other: Server;
    let port: number;
    beforeEach(async () => {
      other = createServer();
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      port = (other.address() as AddressInfo).port;
    });
    afterEach(() => new Promise((resolve) => other.close(resolve)));

    it.each([
      ['in one process', [], ''],
      ['each service its own process', ['--processes'], 'apiserver-1 did not start: '],
      ['without a broker', ['--bus', 'memory'], ''],
    ])('names address, port and fix, and leaves nothing running: %s', async (_, options, who) => {
      const { exitCode, stdout, stderr } = await orrery([
        'up',
        '--containers',
        'simulated',
        '--port',
        String(port),
        ...options,
      ]);
      expect(stderr).toBe(
        `orrery: ${who}port ${port} on 127.0.0.1 is taken: stop the program that listens there ` +
          `(ss -ltnp 'sport = :${port}' shows it) or configure another port\n`,
      );
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      expect(await processes()).toEqual([]);
    });
  });

  describe('with a data folder of another version', () => {
    it('names the folder, both versions and what to do, and touches nothing', async () => {
      mkdirSync(data);
      writeFileSync(join(data, 'orrery.json'), '{"format":7}\n');
      const { exitCode, stdout, stderr } = await orrery(['up', '--containers', 'simulated', '--port', apiPort]);
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      expect(stderr).toBe(
        `orrery: the data folder ${data} has format 7; this version of orrery reads format 1. Start the version that wrote it, ` +
          'name another folder with --data, or remove the folder to begin anew\n',
      );
      expect(readFileSync(join(data, 'orrery.json'), 'utf8')).toBe('{"format":7}\n');
      expect(await processes()).toEqual([]);
    });

    it.each([
      ['in one process', [], ''],
      ['each service its own process', ['--processes'], 'storage-1 did not start: '],
    ])('says the same of storage’s own data: %s', async (_, options, who) => {
      const storage = join(data, 'services/storage-1');
      mkdirSync(storage, { recursive: true });
      writeFileSync(join(storage, 'format.json'), '{"format":"orrery-storage","version":9}\n');
      const { exitCode, stderr } = await orrery(['up', '--containers', 'simulated', '--port', apiPort, ...options]);
      expect(exitCode).toBe(1);
      expect(stderr).toBe(
        `orrery: ${who}the data folder ${storage} has format version 9, this release supports version 2: ` +
          'start the release that wrote it, or move the folder away to begin with an empty cluster\n',
      );
      expect(await processes()).toEqual([]);
    });
  });

  describe('without root', () => {
    const asNobody = (...args: string[]): Promise<Outcome> => {
      const user = ['--reuid', String(nobody), '--regid', String(nobody), '--clear-groups'];
      const env = { ...process.env, HOME: folder };
      return run('setpriv', [...user, process.execPath, command, ...args, '--data', data], { env });
    };

    beforeEach(() => {
      chmodSync(folder, 0o755);
      chownSync(folder, nobody, nobody);
    });

    it('refuses real containers that were asked for', async () => {
      const { exitCode, stdout, stderr } = await asNobody('up', '--containers', 'runc', '--port', apiPort);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toBe('orrery: real containers need root: run as root, or use --containers simulated\n');
      expect(await processes()).toEqual([]);
    });

    it('falls back to simulated pods where the choice is its own, and says so', async () => {
      const stdout = succeeded(await asNobody('up', '--port', apiPort));
      expect(stdout).toMatch(
        /^pods will be simulated:\n {2}real containers need root: run as root, or use --containers simulated\n/,
      );
      expect(stdout).toMatch(/ready in \d+ ms/);
      const owners = succeeded(await run('ps', ['-eo', 'uid,args']))
        .split('\n')
        .filter((line) => line.includes(folder))
        .map((line) => Number(line.trim().split(/\s+/)[0]));
      expect(new Set(owners)).toEqual(new Set([nobody]));
      expect(succeeded(await asNobody('down'))).toContain('stopped');
      expect(await processes()).toEqual([]);
    });
  });

  describe('without runc', () => {
    /** A PATH with everything but runc. */
    const withoutRunc = async (): Promise<NodeJS.ProcessEnv> => {
      const bin = join(folder, 'bin');
      mkdirSync(bin);
      for (const program of ['iptables', 'ip', 'nats-server']) {
        const path = succeeded(await run('sh', ['-c', `command -v ${program}`])).trim();
        symlinkSync(path, join(bin, program));
      }
      return { ...process.env, PATH: bin };
    };
    const obstacle = 'runc was not found; on Debian and Ubuntu: apt-get install runc';

    it('refuses real containers that were asked for, and names the package', async () => {
      const { exitCode, stdout, stderr } = await orrery(
        ['up', '--containers', 'runc', '--port', apiPort],
        await withoutRunc(),
      );
      expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 2, stdout: '', stderr: `orrery: ${obstacle}\n` });
      expect(await processes()).toEqual([]);
    });

    it('falls back to simulated pods where the choice is its own, and says so', async () => {
      const stdout = succeeded(await orrery(['up', '--port', apiPort], await withoutRunc()));
      expect(stdout.startsWith(`pods will be simulated:\n  ${obstacle}\n`)).toBe(true);
      expect(stdout).toMatch(/ready in \d+ ms/);
    });
  });
});
