// The request of a poster in the languages of back ends, ready to be pasted.

export const LANGUAGES = ['curl', 'Node.js', 'Python', 'PHP', 'Java', 'Go']

const pretty = value => JSON.stringify(value, null, 2)
const indent = (text, by) => text.replaceAll('\n', `\n${by}`)

const shell = text => `'${text.replaceAll("'", String.raw`'\''`)}'`
const json = text => JSON.stringify(text)

// A string of PHP without interpolation.
const php = text => `'${text.replace(/['\\]/g, String.raw`\$&`)}'`
const phpValue = (value, by = '') => {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return String(value)
  if (typeof value === 'string') return php(value)
  const entries = Array.isArray(value) ? value.map(item => phpValue(item, `${by}    `))
    : Object.entries(value).map(([key, item]) => `${php(key)} => ${phpValue(item, `${by}    `)}`)
  // An empty array of PHP would be a list.
  if (!entries.length) return Array.isArray(value) ? '[]' : 'new stdClass()'
  return `[\n${entries.map(entry => `${by}    ${entry},\n`).join('')}${by}]`
}

const pythonValue = (value, by = '') => {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value !== 'object') return JSON.stringify(value)
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  const entries = Array.isArray(value) ? value.map(item => pythonValue(item, `${by}    `))
    : Object.entries(value).map(([key, item]) => `${json(key)}: ${pythonValue(item, `${by}    `)}`)
  return entries.length ? `${open}\n${entries.map(entry => `${by}    ${entry},\n`).join('')}${by}${close}` : `${open}${close}`
}

// A text block: backslashes are escaped, and what would end it.
const javaBlock = text => `"""\n${text.replaceAll('\\', '\\\\').replaceAll('"""', '\\"""')}"""`

const WRITERS = {
  curl: ({ url, body, key }) => [
    `curl ${shell(url)} -o poster.png \\`,
    `  -H 'Content-Type: application/json' \\`,
    ...(key ? ['  -H "Authorization: Bearer $HAIBAO_KEY" \\'] : []),
    `  -d ${shell(pretty(body))}`,
  ],
  'Node.js': ({ url, body, key }) => [
    `import { writeFile } from 'node:fs/promises'`,
    '',
    `const response = await fetch(${json(url)}, {`,
    `  method: 'POST',`,
    key ? "  headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${process.env.HAIBAO_KEY}` },"
      : "  headers: { 'Content-Type': 'application/json' },",
    `  body: JSON.stringify(${indent(pretty(body), '  ')}),`,
    '})',
    'if (!response.ok) throw new Error(await response.text())',
    `await writeFile('poster.png', Buffer.from(await response.arrayBuffer()))`,
  ],
  Python: ({ url, body, key }) => [
    ...(key ? ['import json, os, urllib.request'] : ['import json, urllib.request']),
    '',
    `body = ${pythonValue(body)}`,
    `request = urllib.request.Request(${json(url)}, json.dumps(body).encode(), {`,
    `    "Content-Type": "application/json",`,
    ...(key ? [`    "Authorization": "Bearer " + os.environ["HAIBAO_KEY"],`] : []),
    '})',
    'with urllib.request.urlopen(request) as response, open("poster.png", "wb") as file:',
    '    file.write(response.read())',
  ],
  PHP: ({ url, body, key }) => [
    '<?php',
    `$body = ${phpValue(body)};`,
    `$headers = ['Content-Type: application/json'${key ? `, 'Authorization: Bearer ' . getenv('HAIBAO_KEY')` : ''}];`,
    `$context = stream_context_create(['http' => [`,
    `    'method' => 'POST', 'header' => $headers, 'content' => json_encode($body), 'ignore_errors' => true,`,
    ']]);',
    `$poster = file_get_contents(${php(url)}, false, $context);`,
    `if (!str_contains($http_response_header[0], ' 200 ')) {`,
    '    throw new RuntimeException($poster);',
    '}',
    `file_put_contents('poster.png', $poster);`,
  ],
  Java: ({ url, body, key }) => [
    'import java.net.URI;',
    'import java.net.http.*;',
    'import java.nio.file.*;',
    '',
    'class Poster {',
    '    public static void main(String[] args) throws Exception {',
    `        String body = ${javaBlock(pretty(body))};`,
    `        HttpRequest request = HttpRequest.newBuilder(URI.create(${json(url)}))`,
    '            .header("Content-Type", "application/json")',
    ...(key ? ['            .header("Authorization", "Bearer " + System.getenv("HAIBAO_KEY"))'] : []),
    '            .POST(HttpRequest.BodyPublishers.ofString(body)).build();',
    '        var response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofByteArray());',
    '        if (response.statusCode() != 200) throw new IllegalStateException(new String(response.body(), "UTF-8"));',
    '        Files.write(Path.of("poster.png"), response.body());',
    '    }',
    '}',
  ],
  Go: ({ url, body, key }) => [
    'package main',
    '',
    'import (',
    '\t"io"',
    '\t"log"',
    '\t"net/http"',
    '\t"os"',
    '\t"strings"',
    ')',
    '',
    'func main() {',
    `\tbody := ${pretty(body).includes('`') ? json(JSON.stringify(body)) : `\`${pretty(body)}\``}`,
    `\trequest, err := http.NewRequest("POST", ${json(url)}, strings.NewReader(body))`,
    '\tif err != nil {', '\t\tlog.Fatal(err)', '\t}',
    '\trequest.Header.Set("Content-Type", "application/json")',
    ...(key ? ['\trequest.Header.Set("Authorization", "Bearer "+os.Getenv("HAIBAO_KEY"))'] : []),
    '\tresponse, err := http.DefaultClient.Do(request)',
    '\tif err != nil {', '\t\tlog.Fatal(err)', '\t}',
    '\tdefer response.Body.Close()',
    '\tposter, err := io.ReadAll(response.Body)',
    '\tif err != nil || response.StatusCode != 200 {', '\t\tlog.Fatal(err, string(poster))', '\t}',
    '\tif err := os.WriteFile("poster.png", poster, 0o644); err != nil {', '\t\tlog.Fatal(err)', '\t}',
    '}',
  ],
}

/** The program of a language: `origin` of the service, `key` whether requests need an API key. */
export const program = (language, { origin, template, params, scale = 1, key = true }) => {
  const body = { template, params, ...(scale === 1 ? {} : { scale }) }
  return `${WRITERS[language]({ url: `${origin}/v1/posters`, body, key }).join('\n')}\n`
}
