export * from './server/grpc-error.ts';
export type * from './server/grpc-handlers.ts';
export { serveGrpc } from './server/serve-grpc.driver.ts';
