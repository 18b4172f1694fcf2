import { healthv1 } from '@orrery/proto/etcd';
import { sleepOrStop, type Timers } from '@orrery/runtime';
import { type Methods, serverStreaming, unary } from './method.ts';

const { HealthCheckResponse_ServingStatus: Status } = healthv1;
/** How often a watched health is looked at. */
const WATCH_INTERVAL_MS = 1_000;

/** gRPC's health service: etcd knows no service by name, so every question is about the member. */
export function healthService(healthy: () => boolean, timers: Timers): Methods {
  const status = () => ({ status: healthy() ? Status.SERVING : Status.NOT_SERVING });
  const path = '/grpc.health.v1.Health';
  const { HealthCheckRequest, HealthCheckResponse } = healthv1;
  return [
    unary(`${path}/Check`, HealthCheckRequest, HealthCheckResponse, async () => status()),
    serverStreaming(`${path}/Watch`, HealthCheckRequest, HealthCheckResponse, async (_request, stream) => {
      let told: healthv1.HealthCheckResponse_ServingStatus | undefined;
      while (!stream.signal.aborted) {
        const now = status();
        if (now.status !== told) stream.send(now);
        told = now.status;
        await sleepOrStop(timers, WATCH_INTERVAL_MS, stream.signal);
      }
    }),
  ];
}
