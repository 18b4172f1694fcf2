import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, type INestMicroservice, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, Payload } from '@nestjs/microservices';
import { VirtualTime } from '@orrery/runtime';
import { MemoryBroker } from '../memory/memory-broker.ts';
import type { MemoryBus } from '../memory/memory-bus.ts';
import { Subjects } from '../subjects.ts';
import { BusErrorFilter } from './bus-error-filter.ts';
import { type BusContext, BusRequest, BusStream, BusSubscribe } from './bus-patterns.ts';
import { BusServer } from './bus-server.ts';

const heard: string[] = [];

@Controller()
class PlanetController {
  @BusRequest('planet.*', { queue: 'planets' })
  async describe(@Payload() data: Uint8Array, @Ctx() { subject }: BusContext): Promise<Uint8Array> {
    if (subject.endsWith('pluto')) throw new RangeError('not a planet');
    return Buffer.from(`${subject} ${Buffer.from(data).toString()}`);
  }

  @BusStream('moons')
  async *moons(data: Uint8Array): AsyncGenerator<Uint8Array> {
    for (const moon of ['io', 'europa']) yield Buffer.from(`${Buffer.from(data).toString()} ${moon}`);
  }

  @BusSubscribe('comet')
  comet(data: Uint8Array): void {
    heard.push(Buffer.from(data).toString());
  }
}

@Module({ controllers: [PlanetController] })
class SkyModule {}

describe('BusServer', () => {
  let app: INestMicroservice;
  let bus: MemoryBus;
  let time: VirtualTime;

  beforeEach(async () => {
    time = new VirtualTime();
    const broker = new MemoryBroker({ timers: time });
    bus = broker.connect();
    const strategy = new BusServer(broker.connect(), new Subjects('sky'));
    app = await NestFactory.createMicroservice(SkyModule, { strategy, logger: false });
    app.useGlobalFilters(new BusErrorFilter());
    await app.listen();
  });

  afterEach(() => app.close());

  it('answers requests by a method, which is told the subject', async () => {
    const answer = await bus.request('sky.planet.mars', Buffer.from('red'));
    expect(Buffer.from(answer).toString()).toBe('sky.planet.mars red');
  });

  it('gives the requester what the method threw', async () => {
    await expect(bus.request('sky.planet.pluto', new Uint8Array())).rejects.toMatchObject({
      name: 'RemoteError',
      remoteName: 'RangeError',
      remoteMessage: 'not a planet',
    });
  });

  it('streams what a generator method yields', async () => {
    const chunks: string[] = [];
    for await (const chunk of bus.requestMany('sky.moons', Buffer.from('moon'))) {
      chunks.push(Buffer.from(chunk).toString());
    }
    expect(chunks).toEqual(['moon io', 'moon europa']);
  });

  it('hands over what is published', async () => {
    bus.publish('sky.comet', Buffer.from('halley'));
    await time.settle();
    expect(heard).toEqual(['halley']);
  });

  it('serves nothing after the application was closed', async () => {
    await app.close();
    await expect(bus.request('sky.planet.mars', new Uint8Array())).rejects.toMatchObject({ name: 'NoResponderError' });
  });
});
