import type { ApiResponse } from '../http/api-response.ts';
import type { RequestRoutes } from '../pipeline/request-pipeline.ts';
import type { ResourceContext } from '../registry/resource-context.ts';

/** Answers one kind of request that the generic registry does not know. */
export interface SpecialHandler {
  handle(context: ResourceContext): Promise<ApiResponse>;
}

/** What differs from the generic registry, by `<group>/<resource>`, with `/<subresource>` behind it, or by subresource alone. */
export class ResourceRoutes {
  constructor(
    private readonly generic: SpecialHandler,
    private readonly special: Readonly<Record<string, SpecialHandler>>,
  ) {}

  readonly route: RequestRoutes['resource'] = (context) => {
    const { resource, subresource } = context.target;
    const handler =
      subresource === ''
        ? this.special[`${context.info.group}/${resource}`]
        : (this.special[`${context.info.group}/${resource}/${subresource}`] ?? this.special[subresource]);
    return (handler ?? this.generic).handle(context);
  };
}
