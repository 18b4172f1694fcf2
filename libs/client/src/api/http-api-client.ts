import type { Timers } from '@orrery/runtime';
import { HttpsTransport } from './https-transport.driver.ts';
import type { ClusterAccess } from './kubeconfig.ts';
import { RestApiClient, type RestApiClientOptions } from './rest-api-client.ts';

/** The API over HTTPS: for programs outside the cluster, and against any Kubernetes. `close` ends its connections. */
export class HttpApiClient extends RestApiClient {
  private readonly https: HttpsTransport;

  constructor(access: ClusterAccess, timers: Timers, options: RestApiClientOptions = {}) {
    const https = new HttpsTransport(access);
    super(https, timers, options);
    this.https = https;
  }

  close(): void {
    this.https.close();
  }
}
