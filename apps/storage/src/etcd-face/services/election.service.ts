import { GrpcCode, GrpcError } from '@orrery/grpc';
import { storagev1 } from '@orrery/proto';
import { v3electionpb } from '@orrery/proto/etcd';
import type { WaitingLine } from '../concurrency/waiting-line.ts';
import type { MemberRequests } from '../member-requests.ts';
import { leaseOrDefault } from './lock.service.ts';
import { type MessageStream, type Methods, serverStreaming, unary } from './method.ts';

export interface ElectionParts {
  readonly line: WaitingLine;
  readonly requests: MemberRequests;
}

/** etcd's election service: the same line of keys that clients form by themselves; who stands in front leads. */
export function electionService(parts: ElectionParts): Methods {
  const service = new ElectionService(parts);
  const path = '/v3electionpb.Election';
  const pb = v3electionpb;
  return [
    unary(`${path}/Campaign`, pb.CampaignRequest, pb.CampaignResponse, (request, { signal }) =>
      service.campaign(request, signal),
    ),
    unary(`${path}/Proclaim`, pb.ProclaimRequest, pb.ProclaimResponse, (request) => service.proclaim(request)),
    unary(`${path}/Leader`, pb.LeaderRequest, pb.LeaderResponse, ({ name }) => service.leader(name)),
    unary(`${path}/Resign`, pb.ResignRequest, pb.ResignResponse, ({ leader }) => service.resign(leader)),
    serverStreaming(`${path}/Observe`, pb.LeaderRequest, pb.LeaderResponse, ({ name }, stream) =>
      service.observe(name, stream),
    ),
  ];
}

class ElectionService {
  constructor(private readonly parts: ElectionParts) {}

  async campaign(request: v3electionpb.CampaignRequest, signal: AbortSignal): Promise<v3electionpb.CampaignResponse> {
    const { line, requests } = this.parts;
    const { name, value } = request;
    const lease = await leaseOrDefault(requests, request.lease);
    const place = await line.join(name, lease, value);
    if (!place.isNew) await line.whileMine(place, putOf(place.key, value, lease));
    const header = await line.untilFirst(place, signal);
    return { header, leader: { name, key: place.key, rev: place.revision, lease } };
  }

  async proclaim({ leader, value }: v3electionpb.ProclaimRequest): Promise<v3electionpb.ProclaimResponse> {
    const { key, rev, lease } = mustBe(leader);
    const { succeeded, header } = await this.parts.line.whileMine({ key, revision: rev }, putOf(key, value, lease));
    if (!succeeded) throw new GrpcError(GrpcCode.unknown, 'election: not leader');
    return { header };
  }

  async leader(name: Uint8Array): Promise<v3electionpb.LeaderResponse> {
    const { kv, header } = await this.parts.line.first(name);
    if (kv === undefined) throw new GrpcError(GrpcCode.unknown, 'election: no leader');
    return { header, kv };
  }

  async resign(leader: v3electionpb.LeaderKey | undefined): Promise<v3electionpb.ResignResponse> {
    const { key, rev } = mustBe(leader);
    return { header: await this.parts.line.leave({ key, revision: rev }) };
  }

  /** Each leader and each of its proclamations, as far as nobody is quicker than the reading. */
  async observe(
    name: Uint8Array,
    { send, drained, signal }: MessageStream<v3electionpb.LeaderRequest, v3electionpb.LeaderResponse>,
  ): Promise<void> {
    const { line } = this.parts;
    let told = 0;
    while (!signal.aborted) {
      const { kv, header } = await line.first(name);
      if (kv !== undefined && kv.modRevision > told) {
        told = kv.modRevision;
        if (!send({ header, kv })) await drained();
      }
      await line.changed(name, header.revision, signal);
    }
  }
}

function mustBe(leader: v3electionpb.LeaderKey | undefined): v3electionpb.LeaderKey {
  if (leader !== undefined) return leader;
  throw new GrpcError(GrpcCode.invalidArgument, '"leader" field must be provided');
}

function putOf(key: Uint8Array, value: Uint8Array, lease: string): storagev1.Operation['operation'] {
  return { $case: 'put', value: storagev1.Put.fromPartial({ key, value, lease }) };
}
