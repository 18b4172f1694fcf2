import type { ContainerRecord, SandboxRecord } from './records.ts';

/** Which streams a client asked for. */
export interface StreamSelection {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

export type StreamingRequest =
  | {
      readonly kind: 'exec';
      readonly container: ContainerRecord;
      readonly argv: readonly string[];
      readonly streams: StreamSelection;
    }
  | { readonly kind: 'attach'; readonly container: ContainerRecord; readonly streams: StreamSelection }
  | { readonly kind: 'portForward'; readonly sandbox: SandboxRecord; readonly ports: readonly number[] };

/** Where interactive connections are taken. */
export interface StreamingSessions {
  /** A URL that is good for one connection, made within a minute. */
  open(request: StreamingRequest): string;
}
