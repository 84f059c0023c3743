import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Before any test: the client that the tests run is the client that stands in the tree. */
export default function build(): void {
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  execFileSync('npm', ['run', '--silent', 'build'], { cwd, stdio: 'inherit' });
}
