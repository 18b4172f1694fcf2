import { EventPattern, MessagePattern } from '@nestjs/microservices';
import type { Subjects } from '../subjects.ts';

/** Tells our handlers from those of other transports in the same Nest application. */
export const BUS_TRANSPORT = Symbol('orrery bus');

export interface BusPatternOptions {
  /** Members with the same queue share the load. */
  readonly queue?: string;
  readonly concurrencyMax?: number;
}

/** What a method gets with `@Ctx()`; with `@Payload()`, or without any decorator, it gets the message's data. */
export interface BusContext {
  readonly subject: string;
  readonly subjects: Subjects;
  /** Streams only: aborts when the requester is gone. */
  readonly signal?: AbortSignal;
}

/** The method answers requests on `<cluster>.<subject>`; it returns the bytes of the reply, or a promise of them. */
export function BusRequest(subject: string, options: BusPatternOptions = {}): MethodDecorator {
  return MessagePattern(subject, BUS_TRANSPORT, { ...options, kind: 'request' });
}

/** The method answers `requestMany` on `<cluster>.<subject>`; it is an async generator of chunks. */
export function BusStream(subject: string, options: BusPatternOptions = {}): MethodDecorator {
  return MessagePattern(subject, BUS_TRANSPORT, { ...options, kind: 'stream' });
}

/** The method takes what is published on `<cluster>.<subject>`, one message at a time. */
export function BusSubscribe(subject: string, options: BusPatternOptions = {}): MethodDecorator {
  return EventPattern(subject, BUS_TRANSPORT, { ...options, kind: 'subscribe' }) as MethodDecorator;
}
