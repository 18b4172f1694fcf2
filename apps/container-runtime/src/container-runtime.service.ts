import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { CriEndpoint } from '@orrery/cri';
import type { CriService } from './cri-service/cri-service.ts';
import type { StreamingServer } from './streaming/streaming-server.ts';

/** Brings the parts up in the order in which they need each other, and down again. Containers stay. */
export class ContainerRuntime implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private served: { stop(): Promise<void> } | undefined;

  constructor(
    private readonly endpoint: CriEndpoint,
    private readonly cri: CriService,
    private readonly streaming: StreamingServer | undefined,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.cri.start();
    await this.streaming?.start();
    this.served = await this.endpoint.serve(this.cri);
  }

  async beforeApplicationShutdown(): Promise<void> {
    const served = this.served;
    this.served = undefined;
    await served?.stop();
    await this.streaming?.stop();
    if (served) await this.cri.stop();
  }
}
