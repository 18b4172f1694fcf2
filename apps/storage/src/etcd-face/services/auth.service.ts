import { GrpcCode, GrpcError } from '@orrery/grpc';
import { etcdserverpb } from '@orrery/proto/etcd';
import type { MemberRequests } from '../member-requests.ts';
import { type Decoder, type Encoder, type Methods, unary } from './method.ts';

/**
 * Storage has no users of etcd's kind: clients are known by their certificates. It answers as an etcd without authentication does: reading
 * finds nobody, switching authentication on lacks its root user, and what would make users or roles is refused.
 */
export function authService(requests: MemberRequests): Methods {
  const pb = etcdserverpb;
  const header = async () => (await requests.ask({ $case: 'status', value: {} })).header;
  return [
    refused('AuthEnable', pb.AuthEnableRequest, pb.AuthEnableResponse, 'root user does not exist'),
    answered('AuthDisable', pb.AuthDisableRequest, pb.AuthDisableResponse, async () => ({ header: await header() })),
    answered('AuthStatus', pb.AuthStatusRequest, pb.AuthStatusResponse, async () => ({
      header: await header(),
      enabled: false,
      authRevision: 1,
    })),
    refused('Authenticate', pb.AuthenticateRequest, pb.AuthenticateResponse, NOT_ENABLED),
    answered('UserList', pb.AuthUserListRequest, pb.AuthUserListResponse, async () => ({
      header: await header(),
      users: [],
    })),
    answered('RoleList', pb.AuthRoleListRequest, pb.AuthRoleListResponse, async () => ({
      header: await header(),
      roles: [],
    })),
    refused('UserGet', pb.AuthUserGetRequest, pb.AuthUserGetResponse, NO_USER),
    refused('UserAdd', pb.AuthUserAddRequest, pb.AuthUserAddResponse, NOT_ENABLED),
    refused('UserDelete', pb.AuthUserDeleteRequest, pb.AuthUserDeleteResponse, NO_USER),
    refused('UserChangePassword', pb.AuthUserChangePasswordRequest, pb.AuthUserChangePasswordResponse, NO_USER),
    refused('UserGrantRole', pb.AuthUserGrantRoleRequest, pb.AuthUserGrantRoleResponse, NO_USER),
    refused('UserRevokeRole', pb.AuthUserRevokeRoleRequest, pb.AuthUserRevokeRoleResponse, NO_USER),
    refused('RoleGet', pb.AuthRoleGetRequest, pb.AuthRoleGetResponse, NO_ROLE),
    refused('RoleAdd', pb.AuthRoleAddRequest, pb.AuthRoleAddResponse, NOT_ENABLED),
    refused('RoleDelete', pb.AuthRoleDeleteRequest, pb.AuthRoleDeleteResponse, NO_ROLE),
    refused('RoleGrantPermission', pb.AuthRoleGrantPermissionRequest, pb.AuthRoleGrantPermissionResponse, NO_ROLE),
    refused('RoleRevokePermission', pb.AuthRoleRevokePermissionRequest, pb.AuthRoleRevokePermissionResponse, NO_ROLE),
  ];
}

const NOT_ENABLED = 'authentication is not enabled';
const NO_USER = 'user name not found';
const NO_ROLE = 'role name not found';

function answered<Request, Response>(
  method: string,
  request: Decoder<Request>,
  response: Encoder<Response>,
  answer: () => Promise<Response>,
) {
  return unary(`/etcdserverpb.Auth/${method}`, request, response, answer);
}

function refused<Request, Response>(
  method: string,
  request: Decoder<Request>,
  response: Encoder<Response>,
  text: string,
) {
  return answered(method, request, response, async () => {
    throw new GrpcError(GrpcCode.failedPrecondition, `etcdserver: ${text}`);
  });
}
