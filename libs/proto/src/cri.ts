/** The Container Runtime Interface v1. Apart from the rest, because it brings gRPC with it. */
export * from './generated/runtime/v1/api.ts';
