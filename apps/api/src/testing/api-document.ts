import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import type { Answer, ServedApi } from './serve-api';

export interface Operation {
  security?: unknown[];
  responses: Record<string, { content?: Record<string, { schema: object }>; headers?: object }>;
  requestBody?: { content: Record<string, { schema: object }> };
  parameters?: { name: string; in: string; schema?: object }[];
}

export type Paths = Record<string, Record<string, Operation>>;

/** The OpenAPI document, as it is served, and answers held to it. */
export class ApiDocument {
  private readonly ajv = addFormats(new Ajv2020({ strict: true, allErrors: true }));
  private readonly validators = new Map<object, ValidateFunction>();

  private constructor(readonly paths: Paths) {}

  static async of(api: ServedApi): Promise<ApiDocument> {
    const { openapi, paths } = (await api.call('GET', '/docs/openapi.json')).body;
    if (openapi !== '3.1.0') throw new Error(`the document is of OpenAPI ${String(openapi)}`);
    return new ApiDocument(paths as Paths);
  }

  /** @returns what of an answer the document does not foresee; undefined when it foresees exactly this */
  fault(method: string, path: string, { status, headers, body, text }: Answer): string | undefined {
    const response = this.paths[path]?.[method.toLowerCase()]?.responses[status];
    if (!response) return `the status ${status} is not in the document`;
    const type = headers.get('content-type')?.split(';')[0] ?? '';
    if (!response.content)
      return text === '' ? undefined : `the document has no body for the status ${status}`;
    const schema = response.content[type]?.schema;
    if (!schema) return `${type} for the status ${status} is not in the document`;
    const validate = this.validators.get(schema) ?? this.ajv.compile(schema);
    this.validators.set(schema, validate);
    return validate(body) ? undefined : `status ${status}: ${this.ajv.errorsText(validate.errors)}`;
  }
}
