// Receives webhooks, as docs/webhooks.md shows. Prints its port, and then a line for each delivery: the payload, or
// "refused". The argument is the secret.
import { createServer } from 'node:http'
import { Webhook } from 'standardwebhooks'

const secret = process.argv[2]
const port = 0 // any free port
const known = new Set()
const isNew = async (id) => !known.has(id)
const store = async (id, payload) => known.add(id) && console.log(JSON.stringify(payload))

const webhook = new Webhook(secret)

const server = createServer(async (request, response) => {
  let body = ''
  for await (const part of request.setEncoding('utf8')) body += part
  try {
    webhook.verify(body, request.headers) // throws if the signature is wrong or the delivery is old
  } catch {
    console.log('"refused"')
    return response.writeHead(401).end()
  }
  if (await isNew(request.headers['webhook-id'])) {
    await store(request.headers['webhook-id'], JSON.parse(body))
  }
  response.writeHead(204).end()
})

server.listen(port, '127.0.0.1')
server.on('listening', () => console.log(server.address().port))
process.stdin.on('end', () => process.exit()).resume()
