import { Catch, type RpcExceptionFilter } from '@nestjs/common';

/** Lets what a handler threw reach the requester by its own name. */
@Catch()
export class BusErrorFilter implements RpcExceptionFilter {
  catch(exception: unknown): ReturnType<RpcExceptionFilter['catch']> {
    throw exception;
  }
}
