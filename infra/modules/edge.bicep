// Azure Front Door: its address and, if there is one, the domain of the links. The way from it to the app is in edge-route.bicep, since each needs to know
// the other.
param profileName string
param endpointName string
param tags object
param domainName string
param customDomain string

resource profile 'Microsoft.Cdn/profiles@2024-02-01' = {
  name: profileName
  location: 'global'
  tags: tags
  sku: { name: 'Standard_AzureFrontDoor' }
  properties: { originResponseTimeoutSeconds: 60 }

  resource endpoint 'afdEndpoints' = {
    name: endpointName
    location: 'global'
    properties: { enabledState: 'Enabled' }
  }

  resource domain 'customDomains' = if (!empty(customDomain)) {
    name: domainName
    properties: {
      hostName: customDomain
      tlsSettings: { certificateType: 'ManagedCertificate', minimumTlsVersion: 'TLS12' }
    }
  }
}

output frontDoorId string = profile.properties.frontDoorId
output baseUrl string = 'https://${empty(customDomain) ? profile::endpoint.properties.hostName : customDomain}'
@description('The value of the TXT record _dnsauth.{domain}, and the CNAME that the domain needs.')
output domainProof string = empty(customDomain) ? '' : '${profile::domain!.properties.validationProperties.validationToken} ${profile::endpoint.properties.hostName}'
