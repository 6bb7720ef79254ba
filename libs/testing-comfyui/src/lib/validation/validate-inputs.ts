import type { InputSpec, NodeClass, Surroundings } from '../nodes/node-class';
import { isLink, type Link } from '../execution/graph';
import { isObject, type Json, type JsonObject } from '../python/json';
import { PythonError } from '../python/python-error';
import { repr } from '../python/text';
import { checkLimits, config, convert, notConvertible } from './check-values';
import { problem, type Problem, traceback } from './problems';

/** What came out for one node. A node whose source is invalid is invalid too, without a problem of its own. */
export interface Verdict {
  readonly valid: boolean;
  readonly problems: readonly Problem[];
}

/** Validates nodes and, through their links, the nodes that they need. */
export class InputValidator {
  /** By node, in the order in which they were finished. */
  readonly verdicts = new Map<string, Verdict>();
  private readonly path: string[] = [];

  constructor(
    private readonly prompt: JsonObject,
    private readonly classes: ReadonlyMap<string, NodeClass>,
    private readonly surroundings: Surroundings,
  ) {}

  /** @throws PythonError when the node is not even readable */
  validate(nodeId: string): Verdict {
    const known = this.verdicts.get(nodeId);
    if (known) return known;
    if (this.path.includes(nodeId)) return this.refuseCycle(nodeId);

    this.path.push(nodeId);
    try {
      const verdict = this.judge(nodeId);
      // A cycle has been judged from within.
      return this.verdicts.get(nodeId) ?? this.settle(nodeId, verdict);
    } finally {
      this.path.pop();
    }
  }

  private judge(nodeId: string): Verdict {
    const node = item(this.prompt, nodeId) as JsonObject;
    const inputs = item(node, 'inputs') as Record<string, Json>;
    const nodeClass = this.classOf(nodeId);
    const problems: Problem[] = [];
    let valid = true;
    for (const [name, spec] of Object.entries(nodeClass.required(this.surroundings))) {
      if (!Object.hasOwn(inputs, name)) {
        problems.push(
          problem('required_input_missing', 'Required input is missing', name, { input_name: name }),
        );
        continue;
      }
      const value = inputs[name] as Json;
      if (!isLink(value)) {
        problems.push(...checkValue(inputs, name, spec, nodeClass));
        continue;
      }
      const found = this.checkLink(name, value, spec);
      if (found === 'invalid source') valid = false;
      else if (found) problems.push(found);
    }
    const own = nodeClass.check?.(inputs, this.surroundings);
    if (own) problems.push(customProblem(own));
    return { valid: valid && problems.length === 0, problems };
  }

  private checkLink(name: string, link: Link, spec: InputSpec): Problem | 'invalid source' | undefined {
    const told = { input_name: name, input_config: config(spec) };
    if (link.length !== 2) {
      const message = 'Bad linked input, must be a length-2 list of [node_id, slot_index]';
      return problem('bad_linked_input', message, name, { ...told, received_value: link });
    }
    const [source, output] = link;
    const received = this.classOf(source).outputs(this.surroundings.dialect)[output];
    if (received === undefined) throw new PythonError('IndexError', 'tuple index out of range');
    if (received !== spec[0]) {
      const details = `${name}, received_type(${received}) mismatch input_type(${String(spec[0])})`;
      return problem('return_type_mismatch', 'Return type mismatch between linked nodes', details, {
        ...told,
        received_type: received,
        linked_node: link,
      });
    }
    try {
      return this.validate(source).valid ? undefined : 'invalid source';
    } catch (error) {
      if (!(error instanceof PythonError)) throw error;
      const problems = [exceptionInside(error, { ...told, linked_node: link })];
      this.settle(source, { valid: false, problems });
      return 'invalid source';
    }
  }

  private refuseCycle(nodeId: string): Verdict {
    if (!this.surroundings.dialect.explainsCycles) return this.settle(nodeId, { valid: false, problems: [] });
    const cycle = this.path.slice(this.path.indexOf(nodeId));
    const shown = [...cycle, nodeId].map((id) => `${id} (${this.classOf(id).name})`).join(' -> ');
    for (const id of cycle) {
      const told = { node_id: id, cycle_nodes: cycle };
      const problems = [problem('dependency_cycle', 'Dependency cycle detected', shown, told)];
      this.settle(id, { valid: false, problems });
    }
    return { valid: false, problems: [] };
  }

  private settle(nodeId: string, verdict: Verdict): Verdict {
    this.verdicts.set(nodeId, verdict);
    return verdict;
  }

  private classOf(nodeId: string): NodeClass {
    const name = item(item(this.prompt, nodeId) as JsonObject, 'class_type');
    return this.classes.get(name as string) as NodeClass;
  }
}

function checkValue(
  inputs: Record<string, Json>,
  name: string,
  spec: InputSpec,
  nodeClass: NodeClass,
): Problem[] {
  const given = inputs[name] as Json;
  const value = isObject(given) && Object.hasOwn(given, '__value__') ? (given['__value__'] as Json) : given;
  try {
    inputs[name] = convert(value, spec[0]);
  } catch (error) {
    if (error instanceof PythonError) return [notConvertible(name, value, spec, error)];
    throw error;
  }
  const found = nodeClass.check ? undefined : checkLimits(name, inputs[name], spec);
  return found ? [found] : [];
}

function customProblem({ input, problem: what }: { input: string; problem: string }): Problem {
  const message = 'Custom validation failed for node';
  return problem('custom_validation_failed', message, `${input} - ${what}`, { input_name: input });
}

function exceptionInside(error: PythonError, told: JsonObject): Problem {
  return problem('exception_during_inner_validation', 'Exception when validating inner node', error.message, {
    ...told,
    exception_message: error.message,
    exception_type: error.type,
    traceback: traceback('validate_inputs', 'validate_inputs'),
  });
}

/** `object[key]` in Python. @throws PythonError KeyError */
function item(object: JsonObject, key: Json): Json {
  const found = typeof key === 'string' && Object.hasOwn(object, key) ? object[key] : undefined;
  if (found === undefined) throw new PythonError('KeyError', repr(key));
  return found;
}
