import { type AdmissionChain, attributesOf } from '../admission/admission.ts';
import type { ResourceContext } from '../registry/resource-context.ts';
import { asApiObject, type ConnectOptions, connectOptionsOf } from './connect-options.ts';

/** Asks admission about connections: exec, attach, port-forward and proxies. */
export class ConnectAdmission {
  constructor(private readonly admission: AdmissionChain) {}

  /** The options that the connection may be made with. Throws the `ApiError` of who refuses. */
  async admitted(context: ResourceContext): Promise<ConnectOptions> {
    const options = connectOptionsOf(context);
    const attributes = {
      ...attributesOf(context, false),
      operation: 'CONNECT' as const,
      object: asApiObject(options),
      old: undefined,
      options: {},
    };
    await this.admission.admit(attributes);
    await this.admission.validate(attributes);
    return options;
  }
}
