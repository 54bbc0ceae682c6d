/** The part of Swagger UI that the page of the API document uses; the package brings no types. */
declare module "swagger-ui-dist/swagger-ui-es-bundle.js" {
  export default function SwaggerUI(options: {
    url: string;
    dom_id: string;
    deepLinking: boolean;
    persistAuthorization: boolean;
  }): void;
}
