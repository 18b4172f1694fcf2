import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { CertificateAuthority } from '@orrery/orrery';

/** A server that listens already, and the authority of its certificate in base64, as registrations have it. */
interface Listening {
  readonly server: Server;
  readonly caBundle: string;
}

/** A server of somebody else on loopback: HTTPS with a certificate of its own authority. */
export class HttpsListener {
  protected readonly server: Server;
  readonly caBundle: string;

  protected constructor({ server, caBundle }: Listening) {
    this.server = server;
    this.caBundle = caBundle;
  }

  /** `clientAuthority`: PEM of who signs the certificates of clients; others are let in as well, and known to be others. */
  protected static async listen(name: string, clientAuthority: string): Promise<Listening> {
    const authority = await CertificateAuthority.create('extension');
    const { certificate, key } = await authority.issue({ commonName: name, names: [name] });
    const clients = { ca: clientAuthority, requestCert: true, rejectUnauthorized: false };
    const server = createServer({ cert: certificate, key, ...clients });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { server, caBundle: Buffer.from(authority.keyPair.certificate).toString('base64') };
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
