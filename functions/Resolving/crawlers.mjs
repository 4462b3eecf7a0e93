// Writes what ShareLinks needs of a list of crawlers from npm, without its samples, to the file that is named:
//   node crawlers.mjs <crawler-user-agents.json | isbot's index.mjs> <target>
// A pattern that is plain text becomes a line with that text. Another one becomes a line of fields between tabs: the regular expression, then one text for
// each of its branches that a match must contain, by which most agents are passed over without trying the expression. An expression that is held to the
// start of an agent has the field ^, and one that nothing is known to be in an empty one.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The texts that every match has, for each branch of an expression: the longest of each. */
function required(pattern) {
  const branches = [''];
  let run = '';
  const end = () => {
    const last = branches.length - 1;
    if (run.length > branches[last].length) branches[last] = run;
    run = '';
  };
  for (let i = 0; i < pattern.length;) {
    const start = i;
    let literal = null;
    if (pattern[i] === '|') {
      end();
      branches.push('');
      i++;
      continue;
    }
    if (pattern[i] === '\\') {
      literal = /[A-Za-z0-9]/.test(pattern[i + 1]) ? null : pattern[i + 1];
      i += 2;
    } else if (pattern[i] === '[') {
      i = classEnd(pattern, i);
    } else if (pattern[i] === '(') {
      i = groupEnd(pattern, i);
    } else {
      literal = /[.^$]/.test(pattern[i]) ? null : pattern[i];
      i++;
    }
    const quantifier = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/.exec(pattern.slice(i))?.[0] ?? '';
    i += quantifier.length;
    if (literal !== null && !/^(?:[*?]|\{0)/.test(quantifier)) run += literal;
    if (literal === null || quantifier) end();
    if (i === start) throw new Error(`${pattern} is written in a way that is not known here`);
  }
  end();
  return branches;
}

function classEnd(pattern, start) {
  for (let i = start + 1; i < pattern.length; i++) {
    if (pattern[i] === '\\') i++;
    else if (pattern[i] === ']') return i + 1;
  }
  throw new Error(`${pattern} has a class without an end`);
}

function groupEnd(pattern, start) {
  for (let i = start + 1; i < pattern.length;) {
    if (pattern[i] === '\\') i += 2;
    else if (pattern[i] === '[') i = classEnd(pattern, i);
    else if (pattern[i] === '(') i = groupEnd(pattern, i);
    else if (pattern[i++] === ')') return i;
  }
  throw new Error(`${pattern} has a group without an end`);
}

const escape = /\\([^A-Za-z0-9])/g;
const isText = pattern => !/[\\^$.|?*+()[\]{}]/.test(pattern.replace(escape, ''));
// One character is in many agents.
const isHint = text => text.length > 1;

function lineOf(pattern) {
  if (isText(pattern)) return pattern.replace(escape, '$1');
  const texts = required(pattern);
  return [pattern, ...(pattern[0] === '^' && texts.length === 1 ? ['^'] : texts.every(isHint) ? texts : [''])].join('\t');
}

const [source, target] = process.argv.slice(2);
const patterns = source.endsWith('.json')
  ? JSON.parse(readFileSync(source, 'utf8')).map(crawler => crawler.pattern)
  : (await import(pathToFileURL(resolve(source)))).list;
if (!(patterns?.length > 0) || patterns.some(pattern => !pattern || /[\t\n]/.test(pattern)))
  throw new Error(`${source} is not the list of patterns that it used to be`);
writeFileSync(target, patterns.map(lineOf).join('\n'));
