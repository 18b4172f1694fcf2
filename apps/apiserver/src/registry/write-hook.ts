import type { ApiObject, ResourceInfo } from '@orrery/api';

export type Undo = () => Promise<void>;

/** What must happen around the writes of one kind beyond its own object: a Service takes addresses. */
export interface WriteHook {
  /** Before validation of a new object, which it may change. Gives what takes the effects back when the write fails. */
  beforeCreate(info: ResourceInfo, object: ApiObject): Promise<readonly Undo[]>;
  beforeUpdate(info: ResourceInfo, object: ApiObject, old: ApiObject): Promise<readonly Undo[]>;
  afterUpdate(info: ResourceInfo, object: ApiObject, old: ApiObject): Promise<void>;
  afterDelete(info: ResourceInfo, object: ApiObject): Promise<void>;
}

/** Undoes the steps, the last one first, and forgets them. */
export async function takeBack(undo: Undo[]): Promise<void> {
  for (const step of undo.splice(0).reverse()) await step();
}
