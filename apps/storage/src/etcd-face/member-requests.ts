import type { GrpcError } from '@orrery/grpc';
import { storagev1 } from '@orrery/proto';
import type { etcdserverpb } from '@orrery/proto/etcd';
import type { Random } from '@orrery/runtime';
import type { RequestExecutor } from '../request-executor/request-executor.ts';
import { statusOf } from './translation/error-status.ts';
import { anyLeaseId, identifierOf } from './translation/identifiers.ts';

type Operation = NonNullable<storagev1.Request['operation']>;
type Result = NonNullable<storagev1.Response['result']>;
export type ResultOf<Case extends Result['$case']> = Extract<Result, { $case: Case }>['value'];

/** What storage answered, with the header that etcd's clients expect. */
export interface MemberAnswer<Case extends Result['$case']> {
  readonly value: ResultOf<Case>;
  readonly header: etcdserverpb.ResponseHeader;
}

export interface MemberRequestsParts {
  readonly executor: RequestExecutor;
  readonly random: Random;
  readonly cluster: string;
  readonly member: string;
  /** A request was given up, with an unknown outcome or none. */
  readonly countFailure: () => void;
}

/** Requests of etcd's clients to this member. */
export class MemberRequests {
  readonly clusterId: string;
  readonly memberId: string;

  constructor(private readonly parts: MemberRequestsParts) {
    this.clusterId = identifierOf(parts.cluster);
    this.memberId = identifierOf(parts.member);
  }

  /** Throws `GrpcError` for what storage refuses or cannot answer. */
  async ask<Case extends Operation['$case'] & Result['$case']>(
    operation: Extract<Operation, { $case: Case }>,
  ): Promise<MemberAnswer<Case>> {
    const { result, header } = await this.parts.executor.execute({ requestId: '', operation }, { mayForward: true });
    if (result?.$case === 'error') throw this.#failure(result.value);
    if (result?.$case !== operation.$case) throw new Error(`${operation.$case} was answered by ${result?.$case}`);
    const { value } = result as unknown as { value: ResultOf<Case> };
    return { value, header: this.header(header?.revision ?? 0, header?.term ?? 0) };
  }

  #failure(error: storagev1.Error): GrpcError {
    if (error.code === storagev1.Error_Code.CODE_UNAVAILABLE) this.parts.countFailure();
    return statusOf(error);
  }

  /** `id` '0': any that is free. */
  grantLease(id: string, ttlSeconds: number): Promise<MemberAnswer<'leaseGrant'>> {
    const value = { id: id === '0' ? anyLeaseId(this.parts.random) : id, ttlSeconds };
    return this.ask({ $case: 'leaseGrant', value });
  }

  header(revision: number, raftTerm: number): etcdserverpb.ResponseHeader {
    return { clusterId: this.clusterId, memberId: this.memberId, revision, raftTerm };
  }
}
