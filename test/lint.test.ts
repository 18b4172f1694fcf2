import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Outcome, repository, run } from './e2e/orrery-command.ts';

jest.setTimeout(60_000);

const clean = 'export const answer = 42;\n';

/** `npm run lint` as it stands in package.json, with the repository's own rules, on a small tree in a temporary folder. */
describe('npm run lint', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'orrery-lint-'));
    for (const path of ['biome.json', '.dependency-cruiser.cjs', '.gitignore', 'tools/lint']) {
      cpSync(join(repository, path), join(folder, path), { recursive: true });
    }
    mkdirSync(join(folder, 'node_modules/@orrery'), { recursive: true });
    for (const name of ['runtime', 'kv', 'client']) addPackage(`libs/${name}`);
    for (const name of ['storage', 'scheduler']) addPackage(`apps/${name}`);
    mkdirSync(join(folder, 'test'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };

  const addPackage = (path: string): void => {
    const name = `@orrery/${path.split('/')[1]}`;
    const manifest = { name, type: 'module', exports: { '.': { source: './src/index.ts' } } };
    write(`${path}/package.json`, `${JSON.stringify(manifest, undefined, 2)}\n`);
    write(`${path}/src/index.ts`, clean);
    symlinkSync(join(folder, path), join(folder, 'node_modules', name));
  };

  const lint = async (): Promise<Outcome> => {
    const { scripts } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
      scripts: { lint: string };
    };
    const PATH = [join(repository, 'node_modules/.bin'), process.env.PATH].join(delimiter);
    return run('sh', ['-c', `cd ${folder} && ${scripts.lint}`], { env: { ...process.env, PATH, NO_COLOR: '1' } });
  };

  it('is content with a tree that keeps the rules', async () => {
    write('libs/kv/src/store.ts', "import { answer } from '@orrery/runtime';\n\nexport const twice = answer * 2;\n");
    write('libs/runtime/src/clock.ts', 'export const now = (): number => Date.now();\n');
    const { exitCode, stdout, stderr } = await lint();
    expect({ exitCode, problems: exitCode === 0 ? '' : stdout + stderr }).toEqual({ exitCode: 0, problems: '' });
  });

  it.each([
    ['a model that knows a service', 'libs/kv', '@orrery/storage', 'layer-2-imports-upwards'],
    ['a host that knows the model', 'libs/runtime', '@orrery/kv', 'layer-0-imports-upwards'],
    ['a model that knows a client', 'libs/kv', '@orrery/client', 'layer-2-imports-upwards'],
    ['a service that knows another', 'apps/scheduler', '@orrery/storage', 'app-imports-app'],
  ])('fails on %s', async (_, path, imported, rule) => {
    write(`${path}/src/wrong.ts`, `import { answer } from '${imported}';\n\nexport const twice = answer * 2;\n`);
    const { exitCode, stdout } = await lint();
    expect(stdout).toMatch(new RegExp(`error ${rule}: ${path}/src/wrong\\.ts`));
    expect(exitCode).not.toBe(0);
  });

  it.each([
    ['Date.now()', 'export const now = (): number => Date.now();\n', 'Time is injected'],
    ['new Date()', 'export const now = (): Date => new Date();\n', 'Time is injected'],
    ['setTimeout', 'export const later = (act: () => void): unknown => setTimeout(act, 1);\n', 'Time is injected'],
    ['Math.random()', 'export const chance = (): number => Math.random();\n', 'Randomness is injected'],
    ['node:fs', "export { readFileSync } from 'node:fs';\n", 'touch the operating system'],
  ])('fails on %s outside layer 0', async (_, text, reason) => {
    for (const path of ['libs/kv/src/wrong.ts', 'apps/scheduler/src/wrong.ts']) {
      write(path, text);
      const { exitCode, stdout, stderr } = await lint();
      expect(stdout + stderr).toContain(path);
      expect(stdout + stderr).toContain(reason);
      expect(exitCode).not.toBe(0);
      rmSync(join(folder, path));
    }
  });
});
