import type { Milliseconds } from '@orrery/runtime';

/** What a simulated command sees of its container. */
export interface ShellWorld {
  readonly env: Readonly<Record<string, string>>;
  readonly hostname: string;
  /** Content of a file, or `undefined` where there is none. */
  readFile(path: string): Promise<Uint8Array | undefined>;
  /** Names in a folder; empty where there is none. */
  list(path: string): Promise<readonly string[]>;
}

/** One thing that a command does. `forever` ends only with the container. */
export type ShellStep =
  | { readonly do: 'print'; readonly to: 'stdout' | 'stderr'; readonly bytes: Uint8Array }
  | { readonly do: 'sleep'; readonly duration: Milliseconds | 'forever' }
  /** Copies what comes in to what goes out. */
  | { readonly do: 'echoInput' };

type Steps = AsyncGenerator<ShellStep, number>;

/** Whether there is such a program in every simulated image. */
export function isKnownCommand(program: string): boolean {
  return baseName(program) in programs || shells.has(baseName(program));
}

/** Runs a few commands of a Unix system over `world`; the return value is the exit code, 127 for a program that does not exist. */
export async function* runCommand(argv: readonly string[], world: ShellWorld): Steps {
  const [program = '', ...args] = argv;
  const name = baseName(program);
  if (shells.has(name)) {
    if (args[0] !== '-c' && args[0] !== '-ec') {
      yield { do: 'echoInput' };
      return 0;
    }
    return yield* runScript(args[1] ?? '', world, ['sh', ...args.slice(3)]);
  }
  const run = programs[name];
  if (run) return yield* run(args, world);
  yield print(`sh: ${program}: not found\n`, 'stderr');
  return 127;
}

const shells = new Set(['sh', 'bash', 'ash']);

const programs: Record<string, (args: readonly string[], world: ShellWorld) => Steps> = {
  true: () => endWith(async () => 0),
  false: () => endWith(async () => 1),
  async *echo(args) {
    const noNewline = args[0] === '-n';
    yield print(`${(noNewline ? args.slice(1) : args).join(' ')}${noNewline ? '' : '\n'}`);
    return 0;
  },
  async *printf([format = '', ...args]) {
    let next = 0;
    yield print(format.replace(/\\n/g, '\n').replace(/%s|%d/g, () => args[next++] ?? ''));
    return 0;
  },
  async *hostname(_args, world) {
    yield print(`${world.hostname}\n`);
    return 0;
  },
  async *env(_args, world) {
    for (const [name, value] of Object.entries(world.env)) yield print(`${name}=${value}\n`);
    return 0;
  },
  async *printenv([name], world) {
    if (name === undefined) return yield* runCommand(['env'], world);
    const value = world.env[name];
    if (value === undefined) return 1;
    yield print(`${value}\n`);
    return 0;
  },
  async *cat(paths, world) {
    if (paths.length === 0) yield { do: 'echoInput' };
    let failed = false;
    for (const path of paths) {
      const content = await world.readFile(path);
      failed ||= content === undefined;
      if (content) yield { do: 'print', to: 'stdout', bytes: content };
      else yield print(`cat: can't open '${path}': No such file or directory\n`, 'stderr');
    }
    return failed ? 1 : 0;
  },
  async *ls([path = '/'], world) {
    const names = await world.list(path);
    if (names.length === 0 && (await world.readFile(path)) === undefined) {
      yield print(`ls: ${path}: No such file or directory\n`, 'stderr');
      return 1;
    }
    for (const name of names) yield print(`${name}\n`);
    return 0;
  },
  test: ([flag, path = ''], world) =>
    endWith(async () => {
      if (flag !== '-f' && flag !== '-e' && flag !== '-d') return 2;
      if (flag !== '-d' && (await world.readFile(path))) return 0;
      return flag !== '-f' && (await world.list(path)).length > 0 ? 0 : 1;
    }),
  async *sleep([duration = '']) {
    const unit = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[duration.slice(-1)] ?? 1000;
    const amount = Number.parseFloat(duration);
    yield { do: 'sleep', duration: Number.isNaN(amount) ? 'forever' : amount * unit };
    return 0;
  },
};

/** A program that prints nothing. */
async function* endWith(status: () => Promise<number>): Steps {
  yield* [];
  return status();
}

/** Commands joined by `;`, `&&`, `||` and newlines. A loop stands for work that does not end. */
async function* runScript(script: string, world: ShellWorld, parameters: readonly string[]): Steps {
  const loop = /(^|[\s;&])(while|until|for)\s/.exec(script);
  const straight = loop ? script.slice(0, loop.index) : script;
  const env: Record<string, string> = { ...world.env };
  let status = 0;
  for (const { text, when } of splitCommands(straight)) {
    if ((when === '&&' && status !== 0) || (when === '||' && status === 0)) continue;
    let words = splitWords(text, env, status, parameters);
    if (words[0] === 'exec') words = words.slice(1);
    const assignment = words.length === 1 ? /^([A-Za-z_]\w*)=(.*)$/s.exec(words[0] ?? '') : null;
    if (assignment) {
      env[assignment[1] ?? ''] = assignment[2] ?? '';
      continue;
    }
    if (words.length === 0 || words[0] === 'set' || words[0] === 'trap') continue;
    if (words[0] === 'exit') return Number(words[1] ?? status) & 255;
    const toStderr = words.at(-1) === '>&2' || words.at(-1) === '1>&2';
    for await (const step of runStatus(runCommand(toStderr ? words.slice(0, -1) : words, { ...world, env }), (code) => {
      status = code;
    }))
      yield toStderr && step.do === 'print' ? { ...step, to: 'stderr' } : step;
  }
  if (loop) yield { do: 'sleep', duration: 'forever' };
  return status;
}

async function* runStatus(steps: Steps, ended: (status: number) => void): AsyncGenerator<ShellStep> {
  ended(yield* steps);
}

function splitCommands(script: string): { text: string; when: ';' | '&&' | '||' }[] {
  const commands: { text: string; when: ';' | '&&' | '||' }[] = [];
  let when: ';' | '&&' | '||' = ';';
  let text = '';
  const end = (next: ';' | '&&' | '||') => {
    if (text.trim() !== '') commands.push({ text: text.trim(), when });
    text = '';
    when = next;
  };
  let quote = '';
  for (let at = 0; at < script.length; at++) {
    const char = script.charAt(at);
    const pair = script.slice(at, at + 2);
    if (quote) quote = char === quote ? '' : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (pair === '&&' || pair === '||') {
      end(pair);
      at++;
      continue;
    } else if (char === ';' || char === '\n') {
      end(';');
      continue;
    }
    text += char;
  }
  end(';');
  return commands;
}

function splitWords(
  text: string,
  env: Readonly<Record<string, string>>,
  status: number,
  parameters: readonly string[],
): string[] {
  const expand = (part: string) =>
    part.replace(/\$(?:\{(\w+)\}|(\w+)|\?)/g, (whole, braced?: string, bare?: string) => {
      const name = braced ?? bare;
      if (name === undefined) return whole === '$?' ? String(status) : whole;
      return /^\d$/.test(name) ? (parameters[Number(name)] ?? '') : (env[name] ?? '');
    });
  const words: string[] = [];
  for (const [word] of text.matchAll(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'])+/g)) {
    words.push(
      word.replace(
        /"((?:[^"\\]|\\.)*)"|'([^']*)'|([^"']+)/g,
        (_all, double?: string, single?: string, bare?: string) => {
          if (single !== undefined) return single;
          if (double !== undefined) return expand(double.replace(/\\(["\\$])/g, '$1'));
          return expand(bare ?? '');
        },
      ),
    );
  }
  return words;
}

function print(text: string, to: 'stdout' | 'stderr' = 'stdout'): ShellStep {
  return { do: 'print', to, bytes: new TextEncoder().encode(text) };
}

function baseName(program: string): string {
  return program.slice(program.lastIndexOf('/') + 1);
}
