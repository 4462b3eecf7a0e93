// ShareLinks on Azure: a Flex Consumption function app that runs the published executable as a custom handler, the storage account that its
// host needs, and the account that holds the product's tables.
targetScope = 'resourceGroup'

@description('Names every resource; letters and digits.')
@minLength(3)
@maxLength(15)
param name string = 'sharelinks'

param location string = resourceGroup().location

@description('The address under which people reach the service, such as https://s.example.')
param baseUrl string

@description('32 bytes in base64. Make it once and keep it for ever: another key would open other people\'s listings.')
@secure()
param codeKey string

@description('The listing\'s web page: https://www.market.example/item/{listingId}?clickId={clickId}')
param webDestination string

@description('Items like a listing that is gone; empty for none.')
param similarDestination string = ''

@description('The header in which the platform\'s front end tells a client\'s address; X-Azure-ClientIP behind Front Door.')
param clientAddressHeader string = 'CLIENT-IP'

@description('The most instances at a time.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

var suffix = uniqueString(resourceGroup().id, name)
var packageContainer = 'packages'
var storageBlobDataOwner = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b')

resource hostStorage 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: take('${toLower(name)}h${suffix}', 24)
  location: location
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    minimumTlsVersion: 'TLS1_2'
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    supportsHttpsTrafficOnly: true
  }

  resource blobs 'blobServices' = {
    name: 'default'

    resource packages 'containers' = {
      name: packageContainer
    }
  }
}

resource data 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: take('${toLower(name)}d${suffix}', 24)
  location: location
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    minimumTlsVersion: 'TLS1_2'
    allowBlobPublicAccess: false
    supportsHttpsTrafficOnly: true
  }
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: '${name}-plan'
  location: location
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: '${name}-${suffix}'
  location: location
  kind: 'functionapp,linux'
  tags: { 'azd-service-name': 'api' }
  identity: { type: 'SystemAssigned' }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    siteConfig: {
      minTlsVersion: '1.2'
      appSettings: [
        { name: 'AzureWebJobsStorage__accountName', value: hostStorage.name }
        { name: 'ShareLinks__BaseUrl', value: baseUrl }
        { name: 'ShareLinks__Codes__Key', value: codeKey }
        { name: 'ShareLinks__ClientAddressHeader', value: clientAddressHeader }
        { name: 'ShareLinks__Destinations__Web', value: webDestination }
        { name: 'ShareLinks__Destinations__Similar', value: similarDestination }
        {
          name: 'ShareLinks__Storage__ConnectionString'
          value: 'DefaultEndpointsProtocol=https;AccountName=${data.name};AccountKey=${data.listKeys().keys[0].value};EndpointSuffix=${environment().suffixes.storage}'
        }
      ]
    }
    functionAppConfig: {
      runtime: { name: 'custom', version: '1.0' }
      scaleAndConcurrency: { instanceMemoryMB: 2048, maximumInstanceCount: maximumInstanceCount }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${hostStorage.properties.primaryEndpoints.blob}${packageContainer}'
          authentication: { type: 'SystemAssignedIdentity' }
        }
      }
    }
  }
}

resource hostRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(hostStorage.id, app.id, storageBlobDataOwner)
  scope: hostStorage
  properties: {
    principalId: app.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: storageBlobDataOwner
  }
}

output address string = 'https://${app.properties.defaultHostName}'
