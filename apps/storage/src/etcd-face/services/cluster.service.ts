import { GrpcCode, GrpcError } from '@orrery/grpc';
import { storagev1 } from '@orrery/proto';
import { etcdserverpb } from '@orrery/proto/etcd';
import { memberOfPeerUrl } from '../../request-executor/member-urls.ts';
import type { MemberRequests } from '../member-requests.ts';
import { identifierOf } from '../translation/identifiers.ts';
import { type Methods, unary } from './method.ts';

const { MemberChangeRequest_Action: Action } = storagev1;

export function clusterService(requests: MemberRequests): Methods {
  const service = new ClusterService(requests);
  const path = '/etcdserverpb.Cluster';
  const pb = etcdserverpb;
  return [
    unary(`${path}/MemberList`, pb.MemberListRequest, pb.MemberListResponse, (request) => service.list(request)),
    unary(`${path}/MemberAdd`, pb.MemberAddRequest, pb.MemberAddResponse, (request) => service.add(request)),
    unary(`${path}/MemberRemove`, pb.MemberRemoveRequest, pb.MemberRemoveResponse, ({ ID }) =>
      service.change(ID, Action.ACTION_REMOVE),
    ),
    unary(`${path}/MemberPromote`, pb.MemberPromoteRequest, pb.MemberPromoteResponse, ({ ID }) =>
      service.change(ID, Action.ACTION_PROMOTE),
    ),
    unary(`${path}/MemberUpdate`, pb.MemberUpdateRequest, pb.MemberUpdateResponse, ({ ID, peerURLs }) =>
      service.change(ID, Action.ACTION_UPDATE, peerURLs),
    ),
  ];
}

class ClusterService {
  constructor(private readonly requests: MemberRequests) {}

  async list({ linearizable }: etcdserverpb.MemberListRequest): Promise<etcdserverpb.MemberListResponse> {
    const { value, header } = await this.requests.ask({ $case: 'memberList', value: { linearizable } });
    return { header: withoutRevision(header), members: value.members.map(etcdMember) };
  }

  async add({ peerURLs, isLearner }: etcdserverpb.MemberAddRequest): Promise<etcdserverpb.MemberAddResponse> {
    const member = memberOfPeerUrl(peerURLs[0] ?? '');
    if (member === undefined)
      throw new GrpcError(GrpcCode.invalidArgument, 'etcdserver: given member URLs are invalid');
    const action = isLearner ? Action.ACTION_ADD_LEARNER : Action.ACTION_ADD;
    const { value, header } = await this.requests.ask({
      $case: 'memberChange',
      value: { action, member, peerUrls: peerURLs },
    });
    const members = value.members.map(etcdMember);
    return { header: withoutRevision(header), member: members.find(({ ID }) => ID === identifierOf(member)), members };
  }

  async change(
    ID: string,
    action: storagev1.MemberChangeRequest_Action,
    peerUrls: string[] = [],
  ): Promise<etcdserverpb.MemberUpdateResponse> {
    const member = await memberNamed(this.requests, ID);
    const { value, header } = await this.requests.ask({ $case: 'memberChange', value: { action, member, peerUrls } });
    return { header: withoutRevision(header), members: value.members.map(etcdMember) };
  }
}

/** The name of the member that clients know by this number. Throws `GrpcError`. */
export async function memberNamed(requests: MemberRequests, ID: string): Promise<string> {
  const { value } = await requests.ask({ $case: 'memberList', value: { linearizable: true } });
  const member = value.members.find(({ name }) => identifierOf(name) === ID);
  if (member === undefined) throw new GrpcError(GrpcCode.notFound, 'etcdserver: member not found');
  return member.name;
}

/** A member that has not started yet has no name in etcd's eyes. */
function etcdMember({ name, peerUrls, clientUrls, isLearner, published }: storagev1.Member): etcdserverpb.Member {
  return {
    ID: identifierOf(name),
    name: published ? name : '',
    peerURLs: peerUrls,
    clientURLs: clientUrls,
    isLearner,
  };
}

/** As etcd: the answer has nothing to do with the store. */
function withoutRevision(header: etcdserverpb.ResponseHeader): etcdserverpb.ResponseHeader {
  return { ...header, revision: 0 };
}
