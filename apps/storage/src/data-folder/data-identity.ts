/** Whose data a folder holds. Written into it once; a folder of somebody else is refused. */
export interface DataIdentity {
  /** Name of the cluster, as the subjects on the bus begin. */
  readonly cluster: string;
  readonly member: string;
  /** Drawn when the folder was made; part of the log's checksums. */
  readonly salt: number;
  /** It was made for a member that joins a cluster which was there already. Absent: for one of the first members. */
  readonly joined?: boolean;
}

/** Which life of the member the folder is, for Raft: another folder under the same name is another life. At least 1. */
export function incarnationOf({ salt }: DataIdentity): number {
  return salt + 1;
}
