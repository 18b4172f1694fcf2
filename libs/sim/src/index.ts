export * from './checker/key-group-model.ts';
export { KnownHistory } from './checker/known-history.ts';
export * from './checker/linearizability.ts';
export * from './checker/storage-checks.ts';
export * from './checker/violation.ts';
export { GROUP_PREFIX, GroupClient } from './storage/group-client.ts';
export { LogFollower, type LoggedChange } from './storage/log-follower.ts';
export { type GroupOperation, OperationLog } from './storage/operation-log.ts';
export { runStorage, type StorageRun } from './storage/run-storage.ts';
export {
  type Answer,
  type Asked,
  type AskOptions,
  keyName,
  NO_ANSWER,
  type Operation,
  rangeOf,
  type StorageAccess,
  StorageClient,
  uidOf,
} from './storage/storage-client.ts';
export { SAFETY_MS, type StorageScenario, scenarioOf } from './storage/storage-scenario.ts';
export { Story } from './story/story.ts';
