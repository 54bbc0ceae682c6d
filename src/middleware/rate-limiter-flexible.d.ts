/** The two files of the package that are needed: its entry loads an adapter for every database there is. */
declare module "rate-limiter-flexible/lib/RateLimiterRes.js" {
  export { RateLimiterRes as default } from "rate-limiter-flexible";
}

declare module "rate-limiter-flexible/lib/RateLimiterStoreAbstract.js" {
  import type { RateLimiterRes, RateLimiterStoreAbstract } from "rate-limiter-flexible";

  /** What an adapter implements, which the package's own types leave out. */
  abstract class RateLimiterStore<Options, Result> extends RateLimiterStoreAbstract {
    override consume(key: string, points: number, options: Options): Promise<RateLimiterRes>;
    protected abstract _upsert(
      key: string,
      points: number,
      durationMs: number,
      forceExpire: boolean,
      options: Options,
    ): Promise<Result>;
    protected abstract _getRateLimiterRes(
      key: string,
      changedPoints: number,
      result: Result,
    ): RateLimiterRes;
  }
  export default RateLimiterStore;
}
