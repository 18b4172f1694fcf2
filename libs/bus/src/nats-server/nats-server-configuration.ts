import { HEADER_BYTES_MAX, PAYLOAD_BYTES_MAX } from '../payload-limit.ts';

/** A user of the broker, with the subjects it may use and no others. */
export interface BusUser {
  readonly name: string;
  readonly password: string;
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

export interface NatsServerConfigurationOptions {
  /** 0: the server chooses a free one. */
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Where JetStream keeps its streams, absolute. */
  readonly storeFolder: string;
  readonly users: readonly BusUser[];
  /** Bytes of data in one message. Default `PAYLOAD_BYTES_MAX`. */
  readonly maxPayloadBytes?: number;
}

/** The configuration file of a nats-server, 2.9 or later. */
export function natsServerConfiguration(options: NatsServerConfigurationOptions): string {
  const { port, host = '127.0.0.1', storeFolder, users, maxPayloadBytes = PAYLOAD_BYTES_MAX } = options;
  return [
    'server_name: orrery',
    `host: ${quoted(host)}`,
    `port: ${port === 0 ? -1 : port}`,
    `max_payload: ${maxPayloadBytes + HEADER_BYTES_MAX}`,
    `max_pending: ${16 * (maxPayloadBytes + HEADER_BYTES_MAX)}`,
    'jetstream {',
    `  store_dir: ${quoted(storeFolder)}`,
    '}',
    'authorization {',
    '  users = [',
    ...users.map(userBlock),
    '  ]',
    '}',
    '',
  ].join('\n');
}

function userBlock({ name, password, publish, subscribe }: BusUser): string {
  return [
    '    {',
    `      user: ${quoted(name)}, password: ${quoted(password)}`,
    '      permissions {',
    `        publish { allow: ${list(publish)} }`,
    `        subscribe { allow: ${list(subscribe)} }`,
    '      }',
    '    }',
  ].join('\n');
}

function list(subjects: readonly string[]): string {
  return `[${subjects.map(quoted).join(', ')}]`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
