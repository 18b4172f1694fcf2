export * from './key.ts';
export * from './kv-errors.ts';
export {
  type Applied,
  type ApplyContext,
  type Change,
  type Command,
  type CommandResult,
  type KvOptions,
  KvStore,
  putCommand,
} from './kv-store.ts';
