// ShareLinks on Azure: a Flex Consumption function app that runs the published program as an isolated .NET worker, its host's storage account, the
// account that holds the product's tables, the vault of its keys, what is measured and who is told; and Front Door before it, if it is wanted.
targetScope = 'subscription'

@description('Names the resource group and everything in it; letters, digits and hyphens.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('Where everything is; Flex Consumption must be offered there.')
param location string

@description('Who deploys: gets leave to make the keys in the vault and the first API key. Nobody when empty.')
param deployerId string = ''

@allowed(['User', 'ServicePrincipal', 'Group'])
param deployerType string = 'User'

// Addresses

@description('The address under which people reach the service, such as https://s.example. When empty, that of Front Door\'s domain, or the one that Azure gives the app.')
param baseUrl string = ''

@description('Hosts under which the service was reached before.')
param formerHosts string[] = []

@description('Whether Azure Front Door stands before the app, which then takes requests from nowhere else.')
param useFrontDoor bool = false

@description('The domain of the links at Front Door, such as s.example; Azure\'s own address when empty.')
param customDomain string = ''

@description('The header in which the nearest edge tells a client\'s address. When empty, Azure\'s own: CLIENT-IP, or X-Azure-ClientIP behind Front Door.')
param clientAddressHeader string = ''

// The marketplace

@description('The listing\'s web page: https://www.market.example/item/{listingId}?clickId={clickId}')
param webDestination string

@description('Items like a listing that is gone.')
param similarDestination string = ''

@description('The marketplace\'s name in Chinese and in English.')
param brand { chinese: string?, english: string? } = {}

@description('The marketplace\'s apps and mini programs; what is absent is not offered.')
param apps {
  ios: { appIds: string[]?, scheme: string?, universalLink: string?, storeUrl: string? }?
  android: { package: string?, sha256Fingerprints: string[]?, scheme: string?, storeUrl: string? }?
  harmony: { appIdentifier: string?, appLink: string? }?
  alipay: { miniProgramAppId: string? }?
  weChat: { miniProgramAppId: string? }?
} = {}

// What is kept

@allowed(['Off', 'Ask', 'On'])
param visitorCookie string = 'Off'

@description('The IANA time zone whose days the growth team counts in.')
param reportingTimeZone string = 'Asia/Shanghai'

@description('Tags that can be asked for, at most four.')
@maxLength(4)
param reportedTags string[] = []

@description('Days that clicks are kept.')
@minValue(35)
@maxValue(36500)
param clickRetentionDays int = 90

// Keys

@description('The rings of keys in use, by their numbers in the vault, the newest first; see "Rotate keys" in docs/operations.md.')
param tokenKeys string[] = ['1']
param signingKeys string[] = ['1']
param visitorKeys string[] = ['1']

@description('Whether the vault holds the WeChat mini program\'s secret, wechat-app-secret.')
param hasWeChatSecret bool = false

// Operation

@description('Settings of docs/configuration.md that have no parameter, by their names as environment variables: { ShareLinks__Clicks__CommitDeadline: \'00:00:02\' }')
param extraSettings object = {}

@description('The most instances at a time.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 100

@description('Instances that are always warm, so that no visitor waits for a start; each costs by the hour.')
@minValue(0)
param alwaysReadyInstances int = 0

@description('Copies of the tables: in zones of the region by default, which not every region has.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param dataRedundancy string = 'Standard_ZRS'

@description('Who is told of alerts by mail; nobody when empty.')
param alertEmail string = ''

var suffix = uniqueString(subscription().id, environmentName, location)
// Known before anything is made, so that what is granted can be read without deploying.
var names = {
  hostStorage: 'slhost${suffix}'
  dataStorage: 'sldata${suffix}'
  vault: 'kv-${suffix}'
  insights: 'appi-${suffix}'
  frontDoor: 'afd-${suffix}'
  endpoint: 'sharelinks-${suffix}'
  domain: empty(customDomain) ? '' : replace(customDomain, '.', '-')
}
var tags = { 'azd-env-name': environmentName }

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: { name: names.insights, workspaceName: 'log-${suffix}', location: location, tags: tags }
}

module storage 'modules/storage.bicep' = {
  scope: group
  params: { hostName: names.hostStorage, dataName: names.dataStorage, location: location, tags: tags, dataRedundancy: dataRedundancy, deployerId: deployerId, deployerType: deployerType }
}

module vault 'modules/vault.bicep' = {
  scope: group
  params: { name: names.vault, location: location, tags: tags, deployerId: deployerId, deployerType: deployerType }
}

module edge 'modules/edge.bicep' = if (useFrontDoor) {
  scope: group
  params: { profileName: names.frontDoor, endpointName: names.endpoint, tags: tags, domainName: names.domain, customDomain: customDomain }
}

module app 'modules/app.bicep' = {
  scope: group
  params: {
    suffix: suffix
    location: location
    tags: tags
    hostStorageName: names.hostStorage
    dataStorageName: names.dataStorage
    packageContainer: storage.outputs.packageContainer
    vaultName: names.vault
    insightsName: names.insights
    frontDoorId: edge.?outputs.frontDoorId ?? ''
    baseUrl: !empty(baseUrl) ? baseUrl : (edge.?outputs.baseUrl ?? '')
    formerHosts: formerHosts
    clientAddressHeader: !empty(clientAddressHeader) ? clientAddressHeader : (useFrontDoor ? 'X-Azure-ClientIP' : 'CLIENT-IP')
    webDestination: webDestination
    similarDestination: similarDestination
    brand: brand
    apps: apps
    visitorCookie: visitorCookie
    reportingTimeZone: reportingTimeZone
    reportedTags: reportedTags
    clickRetentionDays: clickRetentionDays
    tokenKeys: tokenKeys
    signingKeys: signingKeys
    visitorKeys: visitorKeys
    hasWeChatSecret: hasWeChatSecret
    extraSettings: extraSettings
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyInstances: alwaysReadyInstances
  }
  dependsOn: [monitoring, vault]
}

module edgeRoute 'modules/edge-route.bicep' = if (useFrontDoor) {
  scope: group
  params: { profileName: names.frontDoor, endpointName: names.endpoint, domainName: names.domain, appHost: app.outputs.host }
}

module alerts 'modules/alerts.bicep' = {
  scope: group
  params: {
    suffix: suffix
    location: location
    tags: tags
    insightsId: monitoring.outputs.insightsId
    workspaceId: monitoring.outputs.workspaceId
    dataStorageName: names.dataStorage
    alertEmail: alertEmail
  }
  dependsOn: [storage]
}

// Read by the hooks and the Azure Developer CLI.
output AZURE_RESOURCE_GROUP string = group.name
output SHARELINKS_APP_ID string = app.outputs.id
output SHARELINKS_ADDRESS string = app.outputs.baseUrl
output SHARELINKS_VAULT string = names.vault
output SHARELINKS_STORAGE_ENDPOINT string = storage.outputs.tableEndpoint
output SHARELINKS_DOMAIN_PROOF string = edge.?outputs.domainProof ?? ''
output SHARELINKS_STORAGE_AUDIENCE string = app.outputs.storageAudience
