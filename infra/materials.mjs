// What the published app is made of.
//   node infra/materials.mjs write <published folder> <NuGet's packages>   writes sbom.cdx.json (CycloneDX 1.6) and THIRD-PARTY-NOTICES.txt there
//   node infra/materials.mjs list <published folder>                       lists what is shipped, with its licence
// A package whose licence is not known stops a publish.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const read = path => JSON.parse(readFileSync(path, 'utf8'));
const hex = base64 => Buffer.from(base64, 'base64').toString('hex');

/** What npm brings into the app: the charts (which hold their own two libraries), the crawlers and the countries. */
const npmNames = ['echarts', 'zrender', 'tslib', 'crawler-user-agents', 'isbot', '@ip-location-db/geo-whois-asn-country-mmdb'];

/**
 * Where a package's own word is not the whole: the countries are made from data of the Number Resource Organization, and two packages of the Functions host
 * only lead to the licence in their repositories (Azure/azure-webjobs-sdk, Azure/azure-storage-net).
 */
const licences = {
  '@ip-location-db/geo-whois-asn-country-mmdb': 'CC0-1.0 AND CC-BY-4.0',
  'Microsoft.Azure.WebJobs.Host.Storage': 'MIT',
  'WindowsAzure.Storage': 'Apache-2.0',
};

function licenceFiles(folder) {
  return readdirSync(folder).filter(name => /^(licen[cs]e|notice|copyrightnotice|third-?party-?notices|nro_licen[cs]e)(\.|$)/i.test(name)).sort().map(name => readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n').trim());
}

function nugetLicence(folder, id, texts) {
  const nuspec = readFileSync(join(folder, `${id.toLowerCase()}.nuspec`), 'utf8');
  const licence = /<license type="expression">([^<]+)</.exec(nuspec)?.[1];
  const holder = /<copyright>([^<]+)</.exec(nuspec)?.[1] ?? /<authors>([^<]+)</.exec(nuspec)?.[1] ?? '';
  // Old packages say it by a file alone.
  return { licence: licence ?? licences[id] ?? (texts.some(text => text.includes('Permission is hereby granted, free of charge')) ? 'MIT' : null), holder: holder.replaceAll('&#169;', '©').replaceAll('&#xA9;', '©') };
}

/** What the Functions host loads beside the app: the folder has but some of the files that its list names, and a loader that comes with the SDK. */
function hostExtensions(published, locked) {
  const folder = join(published, '.azurefunctions');
  const files = new Set(readdirSync(folder));
  const deps = read(join(folder, 'function.deps.json'));
  const shipped = Object.entries(deps.targets[deps.runtimeTarget.name])
    .filter(([key, assets]) => !key.startsWith('Microsoft.Azure.Functions.Worker.Extensions/') && Object.keys(assets.runtime ?? {}).some(file => files.has(basename(file))))
    .map(([key]) => key.split('/'));
  const sdk = 'Microsoft.Azure.Functions.Worker.Sdk';
  return [...shipped, [sdk, locked.get(sdk).resolved]];
}

function nuget(packages, published) {
  const locked = new Map();
  for (const target of Object.values(read(join(root, 'functions', 'packages.lock.json')).dependencies)) {
    for (const [id, entry] of Object.entries(target))
      locked.set(id, entry);
  }
  const shipped = new Map(hostExtensions(published, locked));
  const deps = read(join(published, 'ShareLinks.deps.json'));
  for (const [key, assets] of Object.entries(deps.targets[deps.runtimeTarget.name])) {
    const [id, version] = key.split('/');
    if (id !== 'ShareLinks' && (assets.runtime || assets.native || assets.resources))
      shipped.set(id, version);
  }
  const names = new Set([...locked.keys(), ...shipped.keys()]);
  return [...names].sort((one, other) => one.toLowerCase() < other.toLowerCase() ? -1 : 1).map(id => {
    const version = shipped.get(id) ?? locked.get(id).resolved;
    const folder = join(packages, id.toLowerCase(), version);
    // What is restored for other systems alone need not be here.
    const texts = existsSync(folder) ? licenceFiles(folder) : [];
    const about = existsSync(folder) ? nugetLicence(folder, id, texts) : { licence: null, holder: '' };
    const sha512 = locked.get(id)?.contentHash;
    return { id, version, purl: `pkg:nuget/${id}@${version}`, isShipped: shipped.has(id), sha512: sha512 && hex(sha512), texts, ...about };
  });
}

function npm() {
  const lock = read(join(root, 'package-lock.json')).packages;
  return npmNames.map(id => {
    const folder = join(root, 'node_modules', id);
    const { version, license, author } = read(join(folder, 'package.json'));
    const integrity = lock[`node_modules/${id}`].integrity;
    return {
      id, version, purl: `pkg:npm/${id.replace('@', '%40')}@${version}`, isShipped: true, licence: licences[id] ?? license ?? null,
      holder: author?.name ?? author ?? '', sha512: integrity?.startsWith('sha512-') ? hex(integrity.slice(7)) : undefined, texts: licenceFiles(folder),
    };
  });
}

function write(published, packages) {
  const materials = [...nuget(packages, published), ...npm()];
  const unknown = materials.filter(material => material.isShipped && !material.licence);
  if (unknown.length > 0) {
    console.error(`The licence of ${unknown.map(material => `${material.id} ${material.version}`).join(', ')} is not known: see infra/materials.mjs.`);
    process.exit(1);
  }
  const bom = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { 'bom-ref': 'sharelinks', type: 'application', name: 'ShareLinks', licenses: [{ license: { id: 'MIT' } }] } },
    components: materials.map(({ id, version, purl, isShipped, licence, sha512 }) => ({
      'bom-ref': purl,
      type: 'library',
      name: id,
      version,
      purl,
      // Excluded is what only builds the app, or is for other systems.
      scope: isShipped ? 'required' : 'excluded',
      ...(sha512 && { hashes: [{ alg: 'SHA-512', content: sha512 }] }),
      ...(licence && { licenses: [{ expression: licence }] }),
    })),
    dependencies: [{ ref: 'sharelinks', dependsOn: materials.filter(material => material.isShipped).map(material => material.purl) }],
  };
  writeFileSync(join(published, 'sbom.cdx.json'), JSON.stringify(bom, null, 2) + '\n');
  // .NET's own packages bring the same long text each.
  const seen = new Set();
  for (const material of materials)
    material.texts = material.texts.filter(text => material.isShipped && !seen.has(text) && seen.add(text));
  const notices = materials.filter(material => material.isShipped).map(({ id, version, licence, holder, texts }) => [`${id} ${version}`, licence, holder, ...texts].filter(Boolean).join('\n\n'));
  writeFileSync(join(published, 'THIRD-PARTY-NOTICES.txt'), `ShareLinks holds the following.\n\n${'='.repeat(80)}\n${notices.join(`\n\n${'='.repeat(80)}\n`)}\n`);
}

function list(published) {
  for (const { name, version, licenses, scope } of read(join(published, 'sbom.cdx.json')).components) {
    if (scope === 'required')
      console.log(`${name} ${version}: ${licenses[0].expression}`);
  }
}

const [command, published, packages] = process.argv.slice(2);
if (command === 'write' && packages)
  write(published, packages);
else if (command === 'list' && published)
  list(published);
else {
  console.error('usage: node infra/materials.mjs write <published folder> <NuGet packages> | list <published folder>');
  process.exit(2);
}
