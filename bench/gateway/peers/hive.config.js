/** Hive Gateway in its fastest set-up that installs: plans are made and followed by its Rust planner. */
import { unifiedGraphHandler } from '@graphql-hive/router-runtime';

export const gatewayConfig = {
  unifiedGraphHandler,
  graphiql: false,
  landingPage: false,
  // Shares whole answers between identical requests in flight. Off as published; `hive-sharing` turns it on.
  inboundInflightRequestDeduplication: process.env.SHARE_REQUESTS === 'yes',
};
