import { buildSchema, type GraphQLSchema, type IntrospectionSchema, introspectionFromSchema } from 'graphql';
import sdl from '../../../../schema.graphql?raw';
import { indexTypes, type TypeIndex } from './typeIndex';

/** The schema of the server. */
export const SERVER_SCHEMA = buildSchema(sdl);

/** A small schema with what the server's has, and with types that it does not have. */
export const SMALL_SCHEMA = buildSchema(`
  scalar Date
  scalar DateTime
  scalar Decimal
  scalar JSON
  interface Node { id: ID! }
  enum Size { SMALL LARGE }
  enum PlantOrderField { ID NAME PLANTED_AT }
  enum BedOrderField { ID NAME }
  enum Direction { ASC DESC }
  type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
  "A plant in a bed."
  type Plant implements Node {
    id: ID! name: String! latinName: String size: Size! plantedAt: DateTime price: Decimal tags: [String!]!
    origin: Origin bed: Bed owner: Node shadow(of: Int!): String history(first: Int, after: String): PlantEntryConnection!
    pests: [Pest!]! version: Int!
  }
  type Origin { country: String! region: String }
  type Pest { name: String! }
  type Bed implements Node { id: ID! name: String! plants(first: Int, after: String, where: PlantWhere): PlantConnection! }
  type Tool implements Node { id: ID! }
  type PlantEntry implements Node { id: ID! before: JSON! after: JSON! changedFields: [String!]! }
  type PlantConnection { nodes: [Plant!]! totalCount: Int! pageInfo: PageInfo! }
  type BedConnection { nodes: [Bed!]! pageInfo: PageInfo! }
  type PlantEntryConnection { nodes: [PlantEntry!]! pageInfo: PageInfo! }
  type NumberConnection { nodes: [Int!]! pageInfo: PageInfo! }
  input IDFilter { eq: ID in: [ID!] isNull: Boolean }
  input StringFilter { eq: String contains: String in: [String!] isNull: Boolean }
  input SizeFilter { eq: Size in: [Size!] }
  input DateTimeFilter { gte: DateTime }
  input IntFilter { gte: Int }
  input PlantListFilter { some: PlantWhere none: PlantWhere count: IntFilter }
  input PlantWhere {
    id: IDFilter name: StringFilter size: SizeFilter plantedAt: DateTimeFilter bedId: IDFilter isMine: Boolean
    bed: BedWhere and: [PlantWhere!] or: [PlantWhere!] not: PlantWhere
  }
  input BedWhere { name: StringFilter plants: PlantListFilter and: [BedWhere!] or: [BedWhere!] not: BedWhere }
  input BedOrder { field: BedOrderField direction: Direction! = ASC }
  input PlantOrder { field: PlantOrderField bed: BedOrder direction: Direction! = ASC }
  input PlantKey { id: ID name: String }
  input CreatePlantInput {
    "1 to 200 characters." name: String! "At most 2,000 characters." latinName: String = "" size: Size = SMALL
    plantedAt: DateTime price: Decimal = 1.50 bedId: ID tags: [String!] sizes: [Size!] count: Int = 3 wet: Boolean = true
  }
  input UpdatePlantInput { name: String latinName: String size: Size plantedAt: DateTime price: Decimal bedId: ID }
  input DigInput { depth: Int! }
  enum ErrorCode { CONFLICT }
  type UserError { code: ErrorCode! field: [String!]! message: String! }
  type PlantPayload { userErrors: [UserError!]! plant: Plant }
  type SecretPlantPayload { userErrors: [UserError!]! plant: Plant secret: String }
  type DeletePlantPayload { userErrors: [UserError!]! deletedId: ID plant: Plant }
  type BedPayload { userErrors: [UserError!]! bed: Bed }
  type Query {
    node(id: ID!): Node
    plant(id: ID, by: PlantKey, asOf: DateTime, includeDeleted: Boolean = false): Plant
    plants(first: Int, after: String, last: Int, before: String, where: PlantWhere, orderBy: [PlantOrder!], includeDeleted: Boolean = false): PlantConnection
    beds(first: Int, after: String): BedConnection
    findPlants(query: String!, first: Int): PlantConnection
    entries(first: Int, after: String, ownerId: ID): PlantEntryConnection
    numbers: NumberConnection
    firstBed: Bed
  }
  type Mutation {
    createPlant(input: CreatePlantInput!): SecretPlantPayload
    updatePlant(id: ID!, input: UpdatePlantInput!, expectedVersion: Int): PlantPayload
    upsertPlant(by: PlantKey!, input: CreatePlantInput!): PlantPayload
    deletePlant(id: ID!, expectedVersion: Int): DeletePlantPayload
    waterPlant(id: ID!, litres: Int!): PlantPayload
    bulkCreatePlants(inputs: [CreatePlantInput!]!): PlantPayload
    digBed(input: DigInput!): BedPayload
  }
`);

/** The types of a schema, as the console gets them by introspection. */
export function indexOf(schema: GraphQLSchema): TypeIndex {
  const { __schema } = introspectionFromSchema(schema, { inputValueDeprecation: true });
  return indexTypes(__schema as IntrospectionSchema);
}
