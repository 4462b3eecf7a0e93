// The function app: its plan, its settings, and what its identity may do, which is all that it needs and no more.
param suffix string
param location string
param tags object

param hostStorageName string
param dataStorageName string
param packageContainer string
param vaultName string
param insightsName string
@description('Takes requests from this Front Door alone; from everywhere when empty.')
param frontDoorId string

param baseUrl string
param formerHosts string[]
param clientAddressHeader string
param webDestination string
param similarDestination string
param brand { chinese: string?, english: string? }
param apps {
  ios: { appIds: string[]?, scheme: string?, universalLink: string?, storeUrl: string? }?
  android: { package: string?, sha256Fingerprints: string[]?, scheme: string?, storeUrl: string? }?
  harmony: { appIdentifier: string?, appLink: string? }?
  alipay: { miniProgramAppId: string? }?
  weChat: { miniProgramAppId: string? }?
}
param visitorCookie string
param reportingTimeZone string
param reportedTags string[]
param clickRetentionDays int
param tokenKeys string[]
param signingKeys string[]
param visitorKeys string[]
param hasWeChatSecret bool
param extraSettings object
param maximumInstanceCount int
param alwaysReadyInstances int

var role = {
  storageBlobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  storageTableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  keyVaultSecretsUser: '4633458b-17de-408a-b874-0445c86b69e6'
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
}

// What a token for storage is asked for, in clouds that have an audience of their own.
var storageAudience = {
  AzureChinaCloud: 'https://storage.azure.cn'
  AzureUSGovernment: 'https://storage.azure.us'
}[?environment().name] ?? ''

resource hostStorage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: hostStorageName
}

resource dataStorage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: dataStorageName
}

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-${suffix}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: 'sharelinks-${suffix}'
  location: location
  tags: union(tags, { 'azd-service-name': 'api' })
  kind: 'functionapp,linux'
  identity: { type: 'SystemAssigned' }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      ipSecurityRestrictionsDefaultAction: empty(frontDoorId) ? 'Allow' : 'Deny'
      ipSecurityRestrictions: empty(frontDoorId)
        ? []
        : [
            {
              name: 'FrontDoor'
              priority: 100
              action: 'Allow'
              tag: 'ServiceTag'
              ipAddress: 'AzureFrontDoor.Backend'
              headers: { 'x-azure-fdid': [frontDoorId] }
            }
          ]
    }
    functionAppConfig: {
      runtime: { name: 'dotnet-isolated', version: '10.0' }
      scaleAndConcurrency: {
        instanceMemoryMB: 2048
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReadyInstances == 0 ? [] : [{ name: 'http', instanceCount: alwaysReadyInstances }]
      }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${hostStorage.properties.primaryEndpoints.blob}${packageContainer}'
          authentication: { type: 'SystemAssignedIdentity' }
        }
      }
    }
  }

  // Nobody deploys with a password.
  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }

  resource settings 'config' = {
    name: 'appsettings'
    properties: union(
      // The host.
      {
        AzureWebJobsStorage__blobServiceUri: hostStorage.properties.primaryEndpoints.blob
        AzureWebJobsStorage__credential: 'managedidentity'
        APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
        APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD'
      },
      // The product: what it can't do without.
      {
        ShareLinks__BaseUrl: empty(baseUrl) ? 'https://${app.properties.defaultHostName}' : baseUrl
        ShareLinks__Storage__Endpoint: dataStorage.properties.primaryEndpoints.table
        ShareLinks__Codes__Key: '@Microsoft.KeyVault(SecretUri=${vault.properties.vaultUri}secrets/code-key)'
        ShareLinks__Destinations__Web: webDestination
        ShareLinks__ClientAddressHeader: clientAddressHeader
        ShareLinks__Telemetry__Exporter: 'AzureMonitor'
        ShareLinks__Visitors__Cookie: visitorCookie
        ShareLinks__ReportingTimeZone: reportingTimeZone
        ShareLinks__Clicks__RetentionDays: string(clickRetentionDays)
      },
      toObject(range(0, length(tokenKeys)), i => 'ShareLinks__Codes__TokenKeys__${i}', i => '@Microsoft.KeyVault(SecretUri=${vault.properties.vaultUri}secrets/token-key-${tokenKeys[i]})'),
      toObject(range(0, length(signingKeys)), i => 'ShareLinks__Security__SigningKeys__${i}', i => '@Microsoft.KeyVault(SecretUri=${vault.properties.vaultUri}secrets/signing-key-${signingKeys[i]})'),
      toObject(range(0, length(visitorKeys)), i => 'ShareLinks__Visitors__HashKeys__${i}', i => '@Microsoft.KeyVault(SecretUri=${vault.properties.vaultUri}secrets/visitor-key-${visitorKeys[i]})'),
      hasWeChatSecret ? { ShareLinks__Apps__WeChat__AppSecret: '@Microsoft.KeyVault(SecretUri=${vault.properties.vaultUri}secrets/wechat-app-secret)' } : {},
      // What a deployment may want; an empty setting would be a wrong one.
      toObject(
        filter(
          items({
            ShareLinks__Storage__Audience: storageAudience
            ShareLinks__Destinations__Similar: similarDestination
            'ShareLinks__Brand__zh-CN': brand.?chinese ?? ''
            ShareLinks__Brand__en: brand.?english ?? ''
            ShareLinks__Apps__Ios__Scheme: apps.?ios.?scheme ?? ''
            ShareLinks__Apps__Ios__UniversalLink: apps.?ios.?universalLink ?? ''
            ShareLinks__Apps__Ios__StoreUrl: apps.?ios.?storeUrl ?? ''
            ShareLinks__Apps__Android__Package: apps.?android.?package ?? ''
            ShareLinks__Apps__Android__Scheme: apps.?android.?scheme ?? ''
            ShareLinks__Apps__Android__StoreUrl: apps.?android.?storeUrl ?? ''
            ShareLinks__Apps__Harmony__AppIdentifier: apps.?harmony.?appIdentifier ?? ''
            ShareLinks__Apps__Harmony__AppLink: apps.?harmony.?appLink ?? ''
            ShareLinks__Apps__Alipay__MiniProgramAppId: apps.?alipay.?miniProgramAppId ?? ''
            ShareLinks__Apps__WeChat__MiniProgramAppId: apps.?weChat.?miniProgramAppId ?? ''
          }),
          setting => !empty(setting.value)
        ),
        setting => setting.key,
        setting => setting.value
      ),
      toObject(range(0, length(formerHosts)), i => 'ShareLinks__FormerHosts__${i}', i => formerHosts[i]),
      toObject(range(0, length(reportedTags)), i => 'ShareLinks__ReportedTags__${i}', i => reportedTags[i]),
      toObject(range(0, length(apps.?ios.?appIds ?? [])), i => 'ShareLinks__Apps__Ios__AppIds__${i}', i => apps.?ios.?appIds[i]),
      toObject(range(0, length(apps.?android.?sha256Fingerprints ?? [])), i => 'ShareLinks__Apps__Android__Sha256Fingerprints__${i}', i => apps.?android.?sha256Fingerprints[i]),
      extraSettings
    )
    // References to the vault are followed when they are set.
    dependsOn: [secrets]
  }
}

// The host's leases and the deployed package.
resource host 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(hostStorage.id, app.id, role.storageBlobDataOwner)
  scope: hostStorage
  properties: {
    principalId: app.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.storageBlobDataOwner)
  }
}

resource tables 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(dataStorage.id, app.id, role.storageTableDataContributor)
  scope: dataStorage
  properties: {
    principalId: app.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.storageTableDataContributor)
  }
}

resource secrets 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, app.id, role.keyVaultSecretsUser)
  scope: vault
  properties: {
    principalId: app.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.keyVaultSecretsUser)
  }
}

resource metrics 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, app.id, role.monitoringMetricsPublisher)
  scope: insights
  properties: {
    principalId: app.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.monitoringMetricsPublisher)
  }
}

output id string = app.id
output host string = app.properties.defaultHostName
output storageAudience string = storageAudience
output baseUrl string = empty(baseUrl) ? 'https://${app.properties.defaultHostName}' : baseUrl
