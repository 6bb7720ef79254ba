import { CLIENT_PACKAGES } from '../../../audit/makes/known-clients';

const names = [...CLIENT_PACKAGES, 'bullmq'].sort().map((name) => name.replaceAll('/', '\\u002F'));

/** Where a rule sees any text, and not an import, whole names of packages are meant. */
const CLIENT = `/^(${names.join('|')})(\\u002F|$)/`;

const ASK = 'Redis has one door: inject RedisService of @sluice/data-access-redis.';

/** What the boundary rule does not look at. */
export const RESTRICTED_SYNTAX: readonly { selector: string; message: string }[] = [
  {
    selector: `:matches(ImportExpression, CallExpression[callee.name='require']) > TemplateLiteral > TemplateElement[value.cooked=${CLIENT}]`,
    message: ASK,
  },
  { selector: `TSExternalModuleReference > Literal[value=${CLIENT}]`, message: ASK },
  { selector: `TSImportType Literal[value=${CLIENT}]`, message: ASK },
  {
    selector: `CallExpression[callee.name!='require'][arguments.0.value=${CLIENT}]:matches([callee.type='CallExpression'], [callee.property.name='require'])`,
    message: `${ASK} A require of another kind goes round the boundary rule.`,
  },
];
