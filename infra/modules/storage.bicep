// Two accounts: one for the Functions host and the package, one for the product's tables alone. Neither takes account keys.
param hostName string
param dataName string
param location string
param tags object
param dataRedundancy string
param deployerId string
param deployerType string

var packages = 'packages'
var tableDataContributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3')

var secured = {
  minimumTlsVersion: 'TLS1_2'
  supportsHttpsTrafficOnly: true
  allowSharedKeyAccess: false
  allowBlobPublicAccess: false
  allowCrossTenantReplication: false
  defaultToOAuthAuthentication: true
}

resource host 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: hostName
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: secured

  resource blobs 'blobServices' = {
    name: 'default'

    resource packageContainer 'containers' = {
      name: packages
    }
  }
}

resource data 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: dataName
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: dataRedundancy }
  properties: secured
}

resource deployer 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployerId)) {
  name: guid(data.id, deployerId, tableDataContributor)
  scope: data
  properties: { principalId: deployerId, principalType: deployerType, roleDefinitionId: tableDataContributor }
}

output packageContainer string = packages
output tableEndpoint string = data.properties.primaryEndpoints.table
