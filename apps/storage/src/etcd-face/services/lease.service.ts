import { GrpcCode, GrpcError } from '@orrery/grpc';
import { etcdserverpb } from '@orrery/proto/etcd';
import type { MemberRequests } from '../member-requests.ts';
import { type MessageStream, type Methods, streaming, unary } from './method.ts';

export function leaseService(requests: MemberRequests): Methods {
  const service = new LeaseService(requests);
  const path = '/etcdserverpb.Lease';
  const pb = etcdserverpb;
  return [
    unary(`${path}/LeaseGrant`, pb.LeaseGrantRequest, pb.LeaseGrantResponse, (request) => service.grant(request)),
    unary(`${path}/LeaseRevoke`, pb.LeaseRevokeRequest, pb.LeaseRevokeResponse, (request) => service.revoke(request)),
    unary(`${path}/LeaseTimeToLive`, pb.LeaseTimeToLiveRequest, pb.LeaseTimeToLiveResponse, (request) =>
      service.timeToLive(request),
    ),
    unary(`${path}/LeaseLeases`, pb.LeaseLeasesRequest, pb.LeaseLeasesResponse, () => service.leases()),
    streaming(`${path}/LeaseKeepAlive`, pb.LeaseKeepAliveRequest, pb.LeaseKeepAliveResponse, (stream) =>
      service.keepAlive(stream),
    ),
  ];
}

class LeaseService {
  constructor(private readonly requests: MemberRequests) {}

  async grant({ ID, TTL }: etcdserverpb.LeaseGrantRequest): Promise<etcdserverpb.LeaseGrantResponse> {
    const { value, header } = await this.requests.grantLease(ID, TTL);
    return { header, ID: value.id, TTL: value.ttlSeconds, error: '' };
  }

  async revoke({ ID }: etcdserverpb.LeaseRevokeRequest): Promise<etcdserverpb.LeaseRevokeResponse> {
    const { header } = await this.requests.ask({ $case: 'leaseRevoke', value: { id: ID } });
    return { header };
  }

  async timeToLive({ ID, keys }: etcdserverpb.LeaseTimeToLiveRequest): Promise<etcdserverpb.LeaseTimeToLiveResponse> {
    const { value, header } = await this.requests.ask({ $case: 'leaseTimeToLive', value: { id: ID, keys } });
    return { header, ID, TTL: value.ttlSeconds, grantedTTL: value.grantedTtlSeconds, keys: value.keys };
  }

  async leases(): Promise<etcdserverpb.LeaseLeasesResponse> {
    const { value, header } = await this.requests.ask({ $case: 'leaseLeases', value: {} });
    return { header, leases: value.ids.map((ID) => ({ ID })) };
  }

  /** Answered in order, one at a time: a client that sends faster than leases can be renewed is read slower. */
  async keepAlive(
    stream: MessageStream<etcdserverpb.LeaseKeepAliveRequest, etcdserverpb.LeaseKeepAliveResponse>,
  ): Promise<void> {
    for await (const { ID } of stream.requests) {
      if (!stream.send(await this.#renewed(ID))) await stream.drained();
    }
  }

  /** A lease that does not exist is no error of the stream: it has no time left. */
  async #renewed(ID: string): Promise<etcdserverpb.LeaseKeepAliveResponse> {
    try {
      const { value, header } = await this.requests.ask({ $case: 'leaseKeepAlive', value: { id: ID } });
      return { header, ID, TTL: value.ttlSeconds };
    } catch (error) {
      if (!(error instanceof GrpcError) || error.code !== GrpcCode.notFound) throw error;
      return { header: await this.#currentHeader(), ID, TTL: 0 };
    }
  }

  async #currentHeader(): Promise<etcdserverpb.ResponseHeader> {
    return (await this.requests.ask({ $case: 'status', value: {} })).header;
  }
}
