import { posix } from 'node:path';
import {
  isCallExpression,
  isExportDeclaration,
  isFunctionLikeDeclaration,
  isIdentifier,
  isPropertyAccessExpression,
  type Node,
  SyntaxKind,
} from 'typescript/unstable/ast';
import { isTest } from './import-rules.ts';
import { descendants, lineOf, linesOf, type Source } from './source.ts';

const FILE_LINES = 250;
const FUNCTION_LINES = 60;

/** The one place of each program that reads the environment. */
const ENVIRONMENT_READERS = [
  'packages/daemon/src/config.ts',
  'packages/tui/src/config.ts',
  /^packages\/lab\/(src\/demo[\w-]*\.ts|bin\/)/,
];

/** Comments that switch a check off, or put work off. */
const SILENCERS: ReadonlyArray<readonly [RegExp, string]> = [
  [/\/\/\s*@ts-(ignore|nocheck|expect-error)/, 'silences the type check'],
  [/biome-ignore(?!.*: \S+ \S+)/, 'silences a lint rule without a reason'],
  [/(\/\/|\*)\s*(TODO|FIXME|XXX|HACK)\b/, 'leaves work behind: do it, or write it down'],
];

/** The nodes whose text is data. */
const TEXT = new Set([
  SyntaxKind.StringLiteral,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateHead,
  SyntaxKind.TemplateMiddle,
  SyntaxKind.TemplateTail,
  SyntaxKind.RegularExpressionLiteral,
  SyntaxKind.JsxText,
]);

/** File names that say nothing. */
const EMPTY_NAMES = new Set([
  'utils',
  'util',
  'helpers',
  'helper',
  'common',
  'types',
  'manager',
  'service',
  'misc',
]);

/** Size and names: files of one concept, functions that fit a screen. Sources only. */
export function sizeFindings(source: Source): string[] {
  const { path, ast } = source;
  if (isTest(path)) return [];
  const findings: string[] = [];
  const lines = ast.text.replace(/\n$/, '').split('\n').length;
  if (lines > FILE_LINES) findings.push(`${path} has ${lines} lines: the ceiling is ${FILE_LINES}`);
  for (const node of descendants(ast)) {
    if (!isFunctionLikeDeclaration(node) || linesOf(source, node) <= FUNCTION_LINES) continue;
    findings.push(
      `${path}:${lineOf(source, node)} has a function of ${linesOf(source, node)} lines: the ceiling is ${FUNCTION_LINES}`,
    );
  }
  return findings;
}

export function nameFindings({ path }: Source): string[] {
  const name = posix.basename(path).replace(/(\.(test|e2e|config|d))*\.[jt]sx?$/, '');
  // A story of the lab is named after what is sick in it.
  if (EMPTY_NAMES.has(name) && !path.includes('/stories/'))
    return [`${path}: name the file after its concept`];
  const component = /\/ui\/.*\.tsx$/.test(path) && !name.startsWith('use-');
  const shape = component ? /^[A-Z][A-Za-z]*$/ : /^[a-z0-9]+(-[a-z0-9]+)*$/;
  return shape.test(name)
    ? []
    : [`${path}: ${component ? 'PascalCase' : 'kebab-case'} is the form of its name`];
}

/** What no file may contain, tests included. */
export function codeFindings(source: Source): string[] {
  const findings = [...commentFindings(source)];
  for (const node of descendants(source.ast)) {
    const why = forbidden(source, node);
    if (why !== null) findings.push(`${source.path}:${lineOf(source, node)} ${why}`);
  }
  return findings;
}

/** What Node 12 can't parse or load: a launcher has to get as far as saying so. */
export function launcherFindings(source: Source): string[] {
  const tooNew = new Set([
    SyntaxKind.QuestionDotToken,
    SyntaxKind.QuestionQuestionToken,
    SyntaxKind.QuestionQuestionEqualsToken,
    SyntaxKind.BarBarEqualsToken,
    SyntaxKind.AmpersandAmpersandEqualsToken,
    SyntaxKind.PrivateIdentifier,
  ]);
  const findings = [...descendants(source.ast)]
    .filter((node) => tooNew.has(node.kind) || isTopLevelAwait(node))
    .map((node) => `${source.path}:${lineOf(source, node)} is syntax that Node 12 can't parse`);
  for (const { specifier, dynamic, node } of source.imports) {
    if (specifier.startsWith('node:') || (!dynamic && /^[@.]/.test(specifier))) {
      findings.push(`${source.path}:${lineOf(source, node)} imports ${specifier}, which may not be there`);
    }
  }
  return findings;
}

function isTopLevelAwait(node: Node): boolean {
  if (node.kind !== SyntaxKind.AwaitExpression) return false;
  for (let at = node.parent; at; at = at.parent) if (isFunctionLikeDeclaration(at)) return false;
  return true;
}

function forbidden(source: Source, node: Node): string | null {
  if (TEXT.has(node.kind) && writesFrames(source, node)) return 'writes a frame: http/sse.ts does that';
  if (node.kind === SyntaxKind.AnyKeyword) return 'says any: unknown and a check say what is known';
  if (node.kind === SyntaxKind.NonNullExpression) return 'asserts with !: check it, or make it impossible';
  if (isExportDeclaration(node) && node.moduleSpecifier && !node.exportClause) {
    return 'exports *: a door is a list of names';
  }
  if (isPropertyAccessExpression(node)) return forbiddenAccess(source, node.getText(source.ast));
  if (
    isCallExpression(node) &&
    isIdentifier(node.expression) &&
    /^x(it|test|describe)$/.test(node.expression.text)
  ) {
    return 'leaves a test out: skipIf, with the reason in the title';
  }
  return null;
}

function forbiddenAccess({ path }: Source, access: string): string | null {
  if (/^console\.\w+$/.test(access)) return 'uses console: write to process.stdout or the log';
  if (access === 'process.env' && !readsEnvironment(path)) return 'reads process.env: config.ts does that';
  if (/^vi\.(do|un)?[mM]ock$|^vi\.(hoisted|fn|spyOn)$/.test(access)) {
    return `uses ${access}: put a real process or server at a real seam`;
  }
  if (/^(it|test|describe|suite)(\.\w+)*\.(only|skip|todo|fails)$/.test(access)) {
    return `uses ${access}: skipIf, with the reason in the title`;
  }
  return null;
}

/** Frames are easy to break and easy to forge: one file of the daemon writes them. */
function writesFrames({ path, ast }: Source, node: Node): boolean {
  if (isTest(path) || !path.startsWith('packages/daemon/') || path.endsWith('/http/sse.ts')) return false;
  return /^.?(data|event|id): |\\n(data|event|id): /.test(node.getText(ast));
}

function readsEnvironment(path: string): boolean {
  if (isTest(path) || path.startsWith('bench/')) return true;
  return ENVIRONMENT_READERS.some((place) => (typeof place === 'string' ? place === path : place.test(path)));
}

/** Comments are no nodes: they are what matches in the text and lies in no string. */
function* commentFindings({ path, ast }: Source): Generator<string> {
  const strings = [...descendants(ast)].filter((node) => TEXT.has(node.kind));
  const inString = (at: number) => strings.some((node) => node.pos <= at && at < node.end);
  let start = 0;
  for (const [index, line] of ast.text.split('\n').entries()) {
    for (const [pattern, why] of SILENCERS) {
      const at = line.search(pattern);
      if (at >= 0 && !inString(start + at)) yield `${path}:${index + 1} ${why}`;
    }
    start += line.length + 1;
  }
}
