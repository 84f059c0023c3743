import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  isCallExpression,
  isExportDeclaration,
  isImportDeclaration,
  isNamedImports,
  isStringLiteral,
  type Node,
  type SourceFile,
  SyntaxKind,
} from 'typescript/unstable/ast';
import { createVirtualFileSystem } from 'typescript/unstable/fs';
import { API } from 'typescript/unstable/sync';

/** A source file of this repository, parsed. */
export interface Source {
  /** Relative to the root of the repository. */
  path: string;
  ast: SourceFile;
  imports: Import[];
}

export interface Import {
  specifier: string;
  /** Erased before it runs. */
  typeOnly: boolean;
  /** `import()`: loaded when it is called. */
  dynamic: boolean;
  node: Node;
}

/** TypeScript, as a process of its own that parses. Nothing is resolved and nothing is checked. */
export class Parser implements Disposable {
  readonly #fs = createVirtualFileSystem({});
  readonly #api = new API({ cwd: '/', fs: this.#fs });
  #batches = 0;

  /** The files of the repository at `root` that match these globs. */
  read(root: string, globs: readonly string[]): Source[] {
    const paths = globSync(globs, { cwd: root, exclude: ['**/node_modules/**', '**/dist/**'] }).sort();
    return this.parse(
      Object.fromEntries(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')])),
    );
  }

  /** These texts, by their paths: as one project in a directory of its own, which exists in memory only. */
  parse(texts: Readonly<Record<string, string>>): Source[] {
    const paths = Object.keys(texts);
    const directory = `/${this.#batches++}`;
    const config = `${directory}/tsconfig.json`;
    const compilerOptions = { allowJs: true, noLib: true, noResolve: true, types: [] };
    this.#fs.writeFile?.(config, JSON.stringify({ compilerOptions, files: paths }));
    for (const [path, text] of Object.entries(texts)) this.#fs.writeFile?.(`${directory}/${path}`, text);
    using snapshot = this.#api.updateSnapshot({ openProjects: [config] });
    const project = snapshot.getProject(config);
    return paths.map((path) => {
      const ast = project?.program.getSourceFile(`${directory}/${path}`);
      if (!ast) throw new Error(`${path} was not parsed`);
      return { path, ast, imports: importsOf(ast) };
    });
  }

  [Symbol.dispose](): void {
    this.#api.close();
  }
}

/** Every node below this one, parents first. */
export function* descendants(node: Node): Generator<Node> {
  const children: Node[] = [];
  node.forEachChild((child) => {
    children.push(child);
  });
  for (const child of children) {
    yield child;
    yield* descendants(child);
  }
}

/** The number of the line, from 1, that the node begins on (after its comments). */
export function lineOf({ ast }: Source, node: Node): number {
  return lineAt(ast, node.getStart(ast));
}

/** How many lines the node spans, without the comments above it. */
export function linesOf({ ast }: Source, node: Node): number {
  return lineAt(ast, node.getEnd()) - lineAt(ast, node.getStart(ast)) + 1;
}

function lineAt(ast: SourceFile, position: number): number {
  return ast.text.slice(0, position).split('\n').length;
}

function importsOf(ast: SourceFile): Import[] {
  const found: Import[] = [];
  for (const node of descendants(ast)) {
    if (isImportDeclaration(node) && isStringLiteral(node.moduleSpecifier)) {
      const bindings = node.importClause?.namedBindings;
      const typeOnly =
        node.importClause?.phaseModifier === SyntaxKind.TypeKeyword ||
        (bindings !== undefined &&
          node.importClause?.name === undefined &&
          isNamedImports(bindings) &&
          bindings.elements.length > 0 &&
          bindings.elements.every((element) => element.isTypeOnly));
      found.push({ specifier: node.moduleSpecifier.text, typeOnly, dynamic: false, node });
    } else if (isExportDeclaration(node) && node.moduleSpecifier && isStringLiteral(node.moduleSpecifier)) {
      found.push({
        specifier: node.moduleSpecifier.text,
        typeOnly: node.isTypeOnly,
        dynamic: false,
        node,
      });
    } else if (isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword) {
      const [target] = node.arguments;
      if (target && isStringLiteral(target)) {
        found.push({ specifier: target.text, typeOnly: false, dynamic: true, node });
      }
    }
  }
  return found;
}
