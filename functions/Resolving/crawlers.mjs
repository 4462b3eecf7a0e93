// Writes what ShareLinks needs of npm's crawler-user-agents, without its samples, to the file that is named. A pattern that is plain text becomes
// a line with that text. Another one becomes a line of fields between tabs: the regular expression, then one text for each of its branches that
// a match must contain, by which most agents are passed over without trying the expression.
import { readFileSync, writeFileSync } from 'node:fs';

const escape = /\\([^A-Za-z0-9])/g;
const isText = (pattern) => !/[\\^$.|?*+()[\]{}]/.test(pattern.replace(escape, ''));
const text = (pattern) => pattern.replace(escape, '$1');

// Groups, classes, repeated characters and anchors may match anything, or nothing; what stands between them must be there.
const variable = /\([^()]*\)[*+?]?|\[[^\]]*\][*+?]?|\\[A-Za-z][*+?]?|\\?.[*+?]|(?<!\\)[\^$.]/g;
const required = (pattern) => pattern.replace(variable, '\n').split('|').map((branch) => branch.split('\n').map(text).reduce((longest, part) => (part.length > longest.length ? part : longest)));

const [source, target] = process.argv.slice(2);
const patterns = JSON.parse(readFileSync(source, 'utf8')).map((crawler) => crawler.pattern);
if (patterns.length === 0 || patterns.some((pattern) => !pattern || /[\t\n]/.test(pattern)))
  throw new Error(`${source} is not the list of patterns that it used to be`);
writeFileSync(target, patterns.map((pattern) => (isText(pattern) ? text(pattern) : [pattern, ...required(pattern)].join('\t'))).join('\n'));
