/** The exports of the package. */
export type {
  Answer,
  BatchAnswer,
  CreatedList,
  ListPage,
  ListState,
  ListStatus,
  ProblemCode,
  QuotaReport,
  Reason,
  Verdict,
} from './api-types.ts';
export { type Client, createClient } from './create-client.ts';
export type { CallOptions, Connection } from './exchange.ts';
export { quota, requestKey } from './keys.ts';
export {
  type ListContent,
  type ListOptions,
  type ListRow,
  type Lists,
  listsOf,
  type ResultOptions,
  type StatusOptions,
  type UploadOptions,
  type WantedRows,
} from './lists.ts';
export {
  type BatchOptions,
  batch,
  type StreamEvent,
  stream,
  type VerifyOptions,
  verify,
  warm,
} from './verify.ts';
export { type ResultToken, type TokenOptions, verifyToken } from './verify-token.ts';
export { verifyWebhook, type WebhookEvent, type WebhookHeaders, type WebhookOptions } from './verify-webhook.ts';
export { type ErrorCode, VrfyError } from './vrfy-error.ts';
