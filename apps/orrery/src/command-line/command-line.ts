import { parseArgs } from 'node:util';
import { STORAGE_HELP, type StorageCommand, storageOptionTypes } from './storage-command.ts';

/** How `orrery up` is to run a cluster. */
export interface UpOptions {
  readonly bus: 'nats' | 'memory';
  /** Every service a process of its own instead of all in one. */
  readonly processes: boolean;
  /** `auto`: real containers where the machine can, simulated ones elsewhere. */
  readonly containers: 'auto' | 'runc' | 'simulated';
  readonly nodes: number;
  readonly storageReplicas: number;
  /** `etcd://…`: an etcd cluster keeps the objects, and no storage service runs. Default: our own storage. */
  readonly storage?: string;
  /** Storage serves etcd's clients as well: the first member on this port of loopback, the next ones on the next. Default: it does not. */
  readonly etcdPort?: number;
  readonly port: number;
  /** As the API server's `runtimeConfig`: `api/beta=true`, `resource.k8s.io/v1beta2=true`. Default: stable versions. */
  readonly runtimeConfig?: readonly string[];
  /** Admission plugins that run, or do not, other than by default. */
  readonly admission?: { readonly enable: readonly string[]; readonly disable: readonly string[] };
  /** A file with a `Policy` of `audit.k8s.io/v1`. Absent: no audit log. */
  readonly auditPolicy?: string;
}

/** What a person asked for. Folders are as typed. */
export type Command =
  | { readonly name: 'help' }
  | { readonly name: 'version' }
  | { readonly name: 'up'; readonly data: string; readonly options: UpOptions }
  | { readonly name: 'run'; readonly data: string; readonly options: UpOptions }
  | { readonly name: 'down'; readonly data: string }
  | { readonly name: 'status'; readonly data: string; readonly json: boolean }
  | { readonly name: 'stop' | 'start' | 'kill'; readonly data: string; readonly instance: string }
  | { readonly name: 'image build'; readonly data: string; readonly reference: string; readonly binary: string }
  | { readonly name: 'image load'; readonly data: string; readonly archive: string }
  | StorageCommand;

/** The words cannot be understood; the message says which and what would be. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const HELP = `usage: orrery <command> [options]

  up        start a cluster and wait until it is ready; what an earlier one stored is found again
              --bus nats|memory        memory: one process, no broker, simulated pods (default nats)
              --processes              every service its own process
              --containers auto|runc|simulated   (default auto: real ones as root on Linux)
              --nodes N                (default 1)
              --storage-replicas 1|3|5 (default 1)
              --storage etcd://HOST:PORT[,HOST:PORT…][/PREFIX][?ca=FILE&cert=FILE&key=FILE]
                                       an etcd cluster keeps the objects instead of our own storage
              --etcd-port N            storage also serves etcdctl on 127.0.0.1:N, with certificates from the data folder
              --port N                 of the API (default 6443)
              --runtime-config LIST    APIs that are served beyond the stable ones: api/beta=true,…
              --enable-admission-plugins LIST, --disable-admission-plugins LIST
              --audit-policy FILE      writes services/apiserver-1/audit.log in the data folder
  down      stop it; nothing stays behind but the data
  status    each service, its process, health and version   --json
  stop | start | kill INSTANCE         one service of a running cluster; kill is kill -9
  image build REFERENCE [--binary FILE]   an image from a static binary (default busybox)
  image load ARCHIVE                   an OCI or docker archive
${STORAGE_HELP}  help, version

  --data FOLDER  where the cluster lives (default .orrery)
`;

const optionTypes = {
  data: { type: 'string', default: '.orrery' },
  bus: { type: 'string', default: 'nats' },
  processes: { type: 'boolean', default: false },
  containers: { type: 'string', default: 'auto' },
  nodes: { type: 'string', default: '1' },
  'storage-replicas': { type: 'string' },
  storage: { type: 'string' },
  'etcd-port': { type: 'string' },
  port: { type: 'string', default: '6443' },
  'runtime-config': { type: 'string', default: '' },
  'enable-admission-plugins': { type: 'string', default: '' },
  'disable-admission-plugins': { type: 'string', default: '' },
  'audit-policy': { type: 'string' },
  json: { type: 'boolean', default: false },
  binary: { type: 'string', default: 'busybox' },
  ...storageOptionTypes,
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** Reads the arguments after the program's name. Throws `UsageError`. */
export function parseCommandLine(args: readonly string[]): Command {
  const { values, positionals } = parse(args);
  const [word, ...rest] = positionals;
  const data = values.data;
  if (values.help || word === undefined || word === 'help') return { name: 'help' };
  switch (word) {
    case 'version':
      return noMore(word, rest, { name: 'version' });
    case 'up':
    case 'run':
      return noMore(word, rest, { name: word, data, options: upOptions(values) });
    case 'down':
      return noMore(word, rest, { name: 'down', data });
    case 'status':
      return noMore(word, rest, { name: 'status', data, json: values.json });
    case 'stop':
    case 'start':
    case 'kill':
      return { name: word, data, instance: only(word, 'INSTANCE', rest) };
    case 'image':
      return imageCommand(rest, data, values.binary);
    case 'storage':
      return storageCommand(rest, values);
    default:
      throw new UsageError(`unknown command "${word}"; orrery help lists the commands`);
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: optionTypes, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function imageCommand(words: string[], data: string, binary: string): Command {
  const [verb, ...rest] = words;
  if (verb === 'build') return { name: 'image build', data, binary, reference: only('image build', 'REFERENCE', rest) };
  if (verb === 'load') return { name: 'image load', data, archive: only('image load', 'ARCHIVE', rest) };
  throw new UsageError(`orrery image needs build or load, not "${verb ?? ''}"`);
}

function storageCommand(words: string[], values: ReturnType<typeof parse>['values']): StorageCommand {
  const { data, json, 'skip-hash-check': skipHashCheck } = values;
  const [verb, ...rest] = words;
  const name = `storage ${verb ?? ''}`;
  switch (name) {
    case 'storage backup':
      return { name, data, file: only(name, 'FILE', rest) };
    case 'storage restore':
      return { name, data, file: only(name, 'FILE', rest), options: { ...restoredMembers(values), skipHashCheck } };
    case 'storage snapshot-status':
      return { name, file: only(name, 'FILE', rest), json, skipHashCheck };
    default:
      throw new UsageError(`orrery storage needs backup, restore or snapshot-status, not "${verb ?? ''}"`);
  }
}

function restoredMembers(values: ReturnType<typeof parse>['values']) {
  const members = listed(values.members ?? 'storage-1');
  if (members.length === 0 || new Set(members).size < members.length) {
    throw new UsageError(`--members must be different names, not "${values.members}"`);
  }
  const { member } = values;
  if (member !== undefined && !members.includes(member)) {
    throw new UsageError(`--member must be one of --members ${members.join()}, not "${member}"`);
  }
  const bumpRevision = wholeNumber('bump-revision', values['bump-revision'], 0, BUMP_REVISION_MAX);
  return { members, ...(member !== undefined && { member }), bumpRevision };
}

/** Leaves room for a thousand restores before revisions get beyond what a number counts exactly. */
const BUMP_REVISION_MAX = 1_000_000_000_000;

function upOptions(values: ReturnType<typeof parse>['values']): UpOptions {
  const bus = oneOf('bus', values.bus, ['nats', 'memory']);
  const containers = oneOf('containers', values.containers, ['auto', 'runc', 'simulated']);
  if (bus === 'memory' && values.processes) {
    throw new UsageError(
      '--bus memory and --processes exclude each other: an in-memory bus does not leave its process',
    );
  }
  if (bus === 'memory' && containers === 'runc') {
    throw new UsageError('--bus memory runs simulated pods only; leave out --containers runc');
  }
  const storage = storageOption(values);
  const storageReplicas = wholeNumber('storage-replicas', values['storage-replicas'] ?? '1', 1, 5);
  if (storageReplicas % 2 === 0) {
    throw new UsageError(
      `--storage-replicas must be 1, 3 or 5, not ${storageReplicas}: an even number tolerates no more failures`,
    );
  }
  const etcdPort = values['etcd-port'];
  if (storage !== undefined && etcdPort !== undefined) {
    throw new UsageError('--storage and --etcd-port exclude each other: no storage service runs beside etcd');
  }
  return {
    bus,
    containers,
    storageReplicas,
    ...(storage !== undefined && { storage }),
    ...(etcdPort !== undefined && { etcdPort: wholeNumber('etcd-port', etcdPort, 1, 65_535 - storageReplicas) }),
    processes: values.processes,
    nodes: wholeNumber('nodes', values.nodes, 1, 250),
    port: wholeNumber('port', values.port, 1, 65_535),
    ...apiOptions(values),
  };
}

/** The URL of an etcd cluster; `up` and `run` read it whole. */
function storageOption(values: ReturnType<typeof parse>['values']): string | undefined {
  const { storage } = values;
  if (storage === undefined) return undefined;
  if (values['storage-replicas'] !== undefined) {
    throw new UsageError('--storage and --storage-replicas exclude each other: no storage service runs beside etcd');
  }
  if (!storage.startsWith('etcd://')) throw new UsageError(`--storage must be etcd://HOST:PORT…, not "${storage}"`);
  return storage;
}

/** Only what was asked for. */
function apiOptions(
  values: ReturnType<typeof parse>['values'],
): Pick<UpOptions, 'runtimeConfig' | 'admission' | 'auditPolicy'> {
  const runtimeConfig = listed(values['runtime-config']);
  const enable = listed(values['enable-admission-plugins']);
  const disable = listed(values['disable-admission-plugins']);
  const auditPolicy = values['audit-policy'];
  return {
    ...(runtimeConfig.length > 0 && { runtimeConfig }),
    ...(enable.length + disable.length > 0 && { admission: { enable, disable } }),
    ...(auditPolicy !== undefined && { auditPolicy }),
  };
}

function listed(value: string): string[] {
  return value.split(',').filter((item) => item !== '');
}

function oneOf<T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw new UsageError(`--${option} must be ${allowed.join(' or ')}, not "${value}"`);
  return found;
}

function wholeNumber(option: string, value: string, min: number, max: number): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < min || number > max) {
    throw new UsageError(`--${option} must be a whole number from ${min} to ${max}, not "${value}"`);
  }
  return number;
}

function only(command: string, what: string, words: readonly string[]): string {
  const [word, ...more] = words;
  if (word === undefined || more.length > 0) throw new UsageError(`orrery ${command} takes one ${what}`);
  return word;
}

function noMore(command: string, words: readonly string[], result: Command): Command {
  if (words.length > 0) throw new UsageError(`orrery ${command} takes no "${words.join(' ')}"`);
  return result;
}
