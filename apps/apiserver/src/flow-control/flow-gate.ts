import type { UserInfo } from '../authentication/user-info.ts';
import type { ApiRequest } from '../http/api-request.ts';
import type { ApiResponse } from '../http/api-response.ts';
import { isLongRunning } from '../pipeline/request-deadline.ts';
import type { RequestInfo } from '../request-info/request-info.ts';
import type { FlowController } from './flow-controller.ts';
import type { RequestWidth } from './request-width.ts';

/** The pipeline's step of flow control. A watch counts until it has begun; what else lasts is not limited. */
export class FlowGate {
  constructor(
    private readonly controller: FlowController,
    private readonly width: RequestWidth,
  ) {}

  /** Headers that each answer of this request carries. */
  async pass(
    request: ApiRequest,
    target: RequestInfo,
    user: UserInfo,
    headers: Map<string, string>,
    work: () => Promise<ApiResponse>,
  ): Promise<ApiResponse> {
    if (isLongRunning(target) && target.verb !== 'watch') return work();
    const assignment = this.controller.assign(user, target);
    if (assignment === undefined) return work();
    for (const [name, value] of Object.entries(assignment.headers)) headers.set(name, value);
    return assignment.run(this.width.seatsOf(target, request.query), request.signal, work);
  }
}
