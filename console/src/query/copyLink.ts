import { copyText } from '../ui/CopyButton';
import { currentOperation } from './current';
import { isRedacted, linkTo } from './link';

/** Copy a link to the operation under the cursor. Returns a message about the result. */
export async function copyLink(): Promise<string> {
  const { operation, problem } = currentOperation();
  if (!operation) return problem;
  const { link, problem: refusal } = linkTo(operation, location.href);
  if (link === null) return refusal;
  if (!(await copyText(link))) return `Copying failed. The link is ${link}`;
  return isRedacted(operation) ? 'Link copied, with placeholders for secrets' : 'Link copied';
}
