import type { GroupVersion } from '@orrery/api';
import type { UserInfo } from '../authentication/user-info.ts';
import type { ApiRequest } from '../http/api-request.ts';
import { type ApiResponse, textResponse } from '../http/api-response.ts';
import { connectionProblem } from '../webhooks/connection-problem.ts';
import { type ApiServices, isAvailable, type RemoteApiService } from './api-services.ts';
import type { RemoteApiServers } from './remote-api-server.driver.ts';

const unavailable = 503;

/** Passes requests for group versions that extension API servers serve on to them. */
export class Aggregator {
  constructor(
    private readonly services: ApiServices,
    private readonly servers: RemoteApiServers,
  ) {}

  /** Who serves the path; `undefined`: this server. */
  remoteOf(path: string): RemoteApiService | undefined {
    const groupVersion = groupVersionOf(path);
    return groupVersion && this.services.remote(groupVersion);
  }

  /** The remote server's answer, as it comes. Failures are plain text, as upstream's are. */
  async handle(service: RemoteApiService, request: ApiRequest, user: UserInfo): Promise<ApiResponse> {
    if (!isAvailable(service)) return problem('service unavailable');
    try {
      this.servers.resolve(service);
    } catch {
      return problem('service unavailable');
    }
    try {
      return await this.servers.forward(service, user, request);
    } catch (error) {
      return problem(connectionProblem(error));
    }
  }
}

/** Of `/apis/<group>/<version>` and everything below it. */
function groupVersionOf(path: string): GroupVersion | undefined {
  const [, root, group = '', version = ''] = path.split('/');
  if (root !== 'apis' || group === '' || version === '') return undefined;
  return { group, version };
}

function problem(text: string): ApiResponse {
  return {
    ...textResponse(`${text}\n`, unavailable),
    headers: { 'x-content-type-options': 'nosniff' },
  };
}
