/** The two messages of `grpc.health.v1.Health/Check`, with gRPC's five bytes of framing. */
export function encodeHealthRequest(service: string): Uint8Array {
  const name = Buffer.from(service, 'utf8');
  const message = name.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a, name.length]), name]);
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(message.length, 1);
  return Buffer.concat([frame, message]);
}

const statuses = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;

export function decodeHealthResponse(frame: Uint8Array): (typeof statuses)[number] {
  return (frame[5] === 0x08 ? statuses[frame[6] ?? 0] : undefined) ?? 'UNKNOWN';
}
